"""The file's services: whole, or with the rest from what is known of a service by its name."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from envaccess.domain.policy.services import Service
from envaccess.policy_file.program_models import ProfilePart, ServicePart
from envaccess.policy_file.program_words import is_program_name, not_a_name
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.scalars import near, shown
from envaccess.yaml_file.tree import Node, read_tree

_PROFILES: Final = "profiles.yml"
_NEEDED: Final[Mapping[str, str]] = {
    "base": "write `base: https://HOST`",
    "header": "write `header: Authorization`",
    "format": "write `format: 'Bearer {value}'`",
    "allow": "list calls, such as `allow: ['GET /**']`; nothing else may be called",
}


@cache
def profiles() -> Mapping[str, ProfilePart]:
    """What is known of services by their names."""
    text = files(__package__).joinpath(_PROFILES)
    root = read_tree(text.read_text()) if text.is_file() else None
    found: Any = root.plain() if isinstance(root, Node) else {}
    return {name: ProfilePart.model_validate(part) for name, part in found.items()}


def build_services(parts: Mapping[str, ServicePart], ledger: FaultCollector) -> tuple[Service, ...]:
    """The services that are whole; what the others lack is told."""
    found = (_service(name, part, ledger) for name, part in parts.items())
    return tuple(service for service in found if service)


def _service(name: str, part: ServicePart, ledger: FaultCollector) -> Service | None:
    path = ("services", name)
    if not is_program_name(name):
        ledger.add(path, *not_a_name(name, "service"))
    known = profiles()
    if part.profile and part.profile not in known:
        mend = near(part.profile, known, f"there are {', '.join(known)}" if known else "write its fields")
        ledger.add((*path, "profile"), f"no service is known as {shown(part.profile)}", mend)
        return None
    profile = known.get(part.profile)
    said = {field: getattr(part, field) or getattr(profile, field, "") for field in _NEEDED}
    for field in [field for field, value in said.items() if not value]:
        ledger.add((*path, field), "it is missing", _NEEDED[field])
    return (
        Service(name, variable=part.variable, line=ledger.line(path), **said) if all(said.values()) else None
    )
