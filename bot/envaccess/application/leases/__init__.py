"""Values that sources make for one use of a grant: made, prolonged, ended, and looked for until they are gone."""
