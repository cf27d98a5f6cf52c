"""The page of settings names every setting, and no other."""

import re
from pathlib import Path

from envaccess.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
