"""What a rotator is told of a rotation, and what it made."""

import json
from collections.abc import Mapping

from envaccess.domain.rotation import RotationOp, Slot
from envaccess.domain.rotation_record import Rotation, RotationSecrets
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.value import Value


def operation(rotation: Rotation, rule: RotationRule, current: Value, fresh: str = "") -> RotationOp:
    """One step of it, as a rotator is told of it."""
    state = rotation.state
    return RotationOp(state.op, rotation.variable, options_of(rule), current, fresh, dict(state.pinned or {}))


def options_of(rule: RotationRule) -> Mapping[str, str]:
    """What a rule says besides when, as a rotator is told it."""
    said = {"url": rule.url, "roles": ",".join(rule.roles), "user": rule.user, "source": rule.source}
    said["key_id_field"] = rule.key_id_field
    return {name: text for name, text in said.items() if text}


def kept_slot(slot: Slot) -> str:
    """What is kept of a slot until it is published, as text."""
    return json.dumps([slot.text, dict(slot.fields)])


def slot_of(kept: RotationSecrets) -> Slot | None:
    """What was kept; None where nothing is."""
    if not kept.slot:
        return None
    text, fields = json.loads(kept.slot)
    return Slot(text, fields)
