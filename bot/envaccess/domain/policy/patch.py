"""What an access review comes to for the policy: a patch in YAML, to be applied by hand.

A merge patch (as RFC 7396): what it names takes the place of what stands in the file, `null` takes out; rules
are found by their name. It only takes away: where somebody came through a user group or a channel, those whom
the review found there and did not revoke are named one by one in its place. What no policy file says, such as
who is in a channel, is listed as things to do by hand.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from envaccess.domain.access_review import AccessReview, Item, ItemKind, Verdict
from envaccess.domain.duration import format_seconds
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import ANYONE, MACHINE, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import PER_RUN, Automatic, EmergencyRule, Rule

NONE: Final = "none"
"""What a field of a policy file says that says nothing."""
_Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyPatch:
    """What follows for the policy.

    Attributes:
        parts: the patch: `rules` by their names, `security`, `owners`.
        by_hand: what has to be done elsewhere, a sentence each.
    """

    parts: Mapping[str, Any] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts or self.by_hand)


def make_patch(policy: Policy, review: AccessReview) -> PolicyPatch:
    """What takes away exactly what was reduced or revoked, from the policy as it is now."""
    judged = [
        (item, review.judgements[item.id].verdict)
        for item in review.items
        if item.id in review.judgements and review.judgements[item.id].verdict is not Verdict.KEEP
    ]
    hands: list[str] = []
    rules = {rule.name: rule for rule in policy.rules}
    changed: dict[str, _Part] = {}
    for name in dict.fromkeys(item.rule for item, _ in judged if item.kind in _OF_RULES):
        mine = [(item, verdict) for item, verdict in judged if item.kind in _OF_RULES and item.rule == name]
        if name not in rules:
            hands.append(f"Rule {name} is not in the policy any more: see what became of it.")
        elif part := _rule_part(rules[name], mine, review.items):
            changed[name] = part
    parts: _Part = {"rules": changed} if changed else {}
    if policy.digest != review.policy:
        hands.append(
            "The policy was changed during the review: whatever it allows since then is not reviewed."
        )
    parts |= _security(policy, judged, review.items) | _owners(policy, judged, review.items, hands)
    hands += [_by_hand(item, verdict) for item, verdict in judged if item.kind not in _IN_POLICY]
    return PolicyPatch(parts, tuple(hands))


_OF_RULES: Final = frozenset({ItemKind.REQUESTER, ItemKind.AUTOMATIC})
_IN_POLICY: Final = _OF_RULES | {ItemKind.SECURITY, ItemKind.OWNER}
_Said = list[tuple[Item, Verdict]]


def _rule_part(rule: Rule, judged: _Said, items: Iterable[Item]) -> _Part:
    """The fields of a rule that change."""
    asking = [(item, verdict) for item, verdict in judged if item.kind is ItemKind.REQUESTER]
    gone = {item.who for item, verdict in asking if verdict is Verdict.REVOKE}
    less = {item.who for item, verdict in asking if verdict is Verdict.REDUCE}
    mine = [item for item in items if item.kind is ItemKind.REQUESTER and item.rule == rule.name]
    part: _Part = {}
    longest = rule.max_seconds
    if gone & {item.who for item in mine}:
        part["requesters"] = _words(_without(rule.requesters, gone, mine)) or NONE
    if ANYONE in less:
        longest = max(rule.max_seconds // 2, 1)
        part["max"] = format_seconds(longest)
        part["default"] = format_seconds(min(rule.default_seconds, longest))
    alone = next((verdict for item, verdict in judged if item.kind is ItemKind.AUTOMATIC), None)
    programs = {who for who in gone if not _is_person(who)}
    part |= _automatic_part(rule.automatic, alone, (less, programs), mine, longest) if rule.automatic else {}
    part |= _emergency_part(rule.emergency, less, mine, longest) if rule.emergency else {}
    return part


def _automatic_part(
    automatic: Automatic,
    said: Verdict | None,
    lost: tuple[set[str], set[str]],
    mine: list[Item],
    longest: int,
) -> _Part:
    """Whom it lets through alone and for how long.

    Args:
        automatic: as the policy has it.
        said: what was said about the rule's letting through as a whole.
        lost: who may still ask, and which programs may not.
        mine: who may ask under the rule.
        longest: the longest that may be asked for at all.
    """
    less, programs = lost
    who = _narrowed(automatic.who, less, mine, "automatic")
    who = PrincipalSet.of(word for word in who.words if word not in programs)
    if said is Verdict.REVOKE or not who:
        return {"automatic": NONE}
    seconds = max(automatic.seconds // 2, 1) if said is Verdict.REDUCE else automatic.seconds
    seconds = min(seconds, longest)
    if (who, seconds) == (automatic.who, automatic.seconds):
        return {}
    return {"automatic": _spell_automatic(automatic, who, seconds)}


def _spell_automatic(automatic: Automatic, who: PrincipalSet, seconds: int) -> _Part:
    part: _Part = {"for": _words(who), "max": format_seconds(seconds)}
    if automatic.hours:
        part["hours"] = str(automatic.hours)
    if automatic.times:
        part["times"] = automatic.times
        part["per"] = "run" if automatic.per == PER_RUN else format_seconds(automatic.per)
    return part


def _emergency_part(emergency: EmergencyRule, less: set[str], mine: list[Item], longest: int) -> _Part:
    who, seconds = _narrowed(emergency.who, less, mine, "emergency"), min(emergency.seconds, longest)
    if not who:
        return {"emergency": NONE}
    if (who, seconds) == (emergency.who, emergency.seconds):
        return {}
    return {"emergency": _spell_emergency(emergency, who, seconds)}


def _narrowed(who: PrincipalSet, less: set[str], mine: list[Item], may: str) -> PrincipalSet:
    """A principal set of a rule without those who may only ask: the others who may are named one by one."""
    lost = {item.who for item in mine if item.who in less and may in item.also}
    if not lost:
        return who
    people = [item.who for item in mine if _is_person(item.who) and may in item.also and item.who not in lost]
    kept = people if any(map(_is_person, lost)) else who.persons.words
    owners = [OWNERS] if who.owners else []
    return PrincipalSet.of([*kept, *owners, *(word for word in who.programs if word not in lost)])


def _spell_emergency(emergency: EmergencyRule, who: PrincipalSet, seconds: int) -> _Part:
    return {
        "for": _words(who),
        "max": format_seconds(seconds),
        "review": _words(emergency.review),
        "remind": format_seconds(emergency.remind),
    }


def _without(who: PrincipalSet, gone: set[str], found: Iterable[Item]) -> PrincipalSet:
    """A principal set without these people and programs, whatever they came through.

    Args:
        who: the set as the policy has it now.
        gone: who is not to be in it.
        found: the items that say who was in it, and through what.
    """
    people = [item for item in found if _is_person(item.who)]
    through = {word for item in people if item.who in gone for word in item.via} & set(who.words)
    kept = {item.who for item in people if item.who not in gone and through & set(item.via)}
    return PrincipalSet.of([*(word for word in who.words if word not in gone | through), *kept])


def _is_person(who: str) -> bool:
    return ":" not in who and who[:1] in {"U", "W"}


def _words(who: PrincipalSet) -> list[str]:
    """As a policy file names them."""
    return [word.removeprefix(MACHINE) for word in who.words]


def _security(policy: Policy, judged: _Said, items: Iterable[Item]) -> _Part:
    gone = {item.who for item, _ in judged if item.kind is ItemKind.SECURITY}
    if not gone:
        return {}
    left = _without(policy.security, gone, [item for item in items if item.kind is ItemKind.SECURITY])
    return {"security": _words(left) or None}


def _owners(policy: Policy, judged: _Said, items: Iterable[Item], hands: list[str]) -> _Part:
    known, part = list(items), dict[str, Any]()
    for entry in policy.owners:
        glob = ", ".join(entry.match)
        gone = {item.who for item, _ in judged if item.kind is ItemKind.OWNER and item.rule == glob}
        if not gone:
            continue
        mine = [item for item in known if item.kind is ItemKind.OWNER and item.rule == glob]
        left = _without(entry.who, gone, mine)
        if left:
            part[glob] = _words(left)
        else:
            hands.append(
                f"Nobody would own {glob} any more: name another owner there in place of {_told(gone)}."
            )
    return {"owners": part} if part else {}


def _told(people: Iterable[str]) -> str:
    return ", ".join(sorted(people))


def _by_hand(item: Item, verdict: Verdict) -> str:
    """What somebody has to do in Slack, or to know."""
    match item.kind:
        case ItemKind.CHANNEL:
            return f"Take {item.who} out of the {item.rule} channel ({', '.join(item.via)}) in Slack."
        case ItemKind.DUTY:
            giver = item.via[0] if item.via else "its owner"
            return f"Have {giver} take their duty back from {item.who}: /envaccess delegate off."
        case _:
            what = "was found too much" if verdict is Verdict.REDUCE else "was found not to be right"
            return f"Access {item.request} of {item.who} {what}: see why, and whether a rule should say less."


_HEAD: Final = """\
# What access review {review} comes to for the policy, whose digest was {digest} when it was closed.
# Apply it by hand, then run envaccess policy check: each field takes the place of the one in the file, and
# null takes it out. Rules are found by their name.
"""


def write_patch(patch: PolicyPatch, review: str, digest: str) -> str:
    """The patch as YAML, whose comments say what has to be done by hand."""
    lines = [_HEAD.format(review=review, digest=digest)]
    lines += [f"# By hand: {' '.join(told.split())}\n" for told in patch.by_hand]
    if not patch.parts:
        lines.append("# Nothing changes in the policy file.\n{}\n")
    return "".join([*lines, *_drawn(patch.parts)])


def _drawn(parts: Mapping[str, Any]) -> Iterator[str]:
    """Names and texts as JSON, which is YAML, so that nothing in them is markup."""
    for name, value in parts.items():
        if not isinstance(value, Mapping):
            yield f"{name}: {_json(value)}\n"
            continue
        yield f"{name}:\n"
        if name != "rules":
            yield from (f"  {_json(glob)}: {_json(words)}\n" for glob, words in value.items())
            continue
        for rule, fields in value.items():
            yield f"  - name: {_json(rule)}\n"
            yield from (f"    {field}: {_json(said)}\n" for field, said in fields.items())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
