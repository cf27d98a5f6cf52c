"""The page of settings names every setting."""

from pathlib import Path

from envaccess.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
_OF_THE_SYSTEM = {"SUDO_USER", "XDG_RUNTIME_DIR"}


def test_every_setting_has_a_line() -> None:
    """A setting that nobody reads of is set by nobody."""
    page = PAGE.read_text("utf-8")
    names = {str(field.validation_alias) for field in Settings.model_fields.values()} - _OF_THE_SYSTEM
    assert {name for name in names if f"`{name}`" not in page} == set()
