"""Who somebody is who calls the API: sessions, their tokens, and the proofs of their keys."""
