"""A sentence for each setting that is wrong: its name and its mend, never its value."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from envaccess.settings.shapes import SettingValueError

Fields = Mapping[str, FieldInfo]


def name_of(fields: Fields, field: str) -> str:
    """Return the name in the environment of a field, or the name itself where it already is one."""
    found = fields.get(field)
    return str(found.validation_alias) if found else field


def sentences(fields: Fields, error: ValidationError) -> dict[str, str]:
    """Name every wrong setting and its mend, without its value."""
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        name = name_of(fields, str(fault["loc"][0]))
        found.setdefault(name, f"{name} {_mend(fields, name, fault.get('ctx', {}).get('error'))}")
    return found


def _mend(fields: Fields, name: str, cause: object) -> str:
    if isinstance(cause, SettingValueError):
        return str(cause)
    mends = {str(field.validation_alias): field.description for field in fields.values()}
    return mends.get(name) or "is no setting of envaccess"
