"""The rules that lives are played under, as the model has them and as the store is given them."""

from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Starts, Step, Then
from envaccess.domain.policy.ruling import Limit, Ruling
from tests.stateful.ask import HOUR, MINUTE, Stage, Terms

TERMS = (
    Terms("one"),
    Terms("one"),
    Terms("pair", (Stage(2, timeout=2 * HOUR, remind=10 * MINUTE),), most=HOUR, cool_down=30 * MINUTE),
    Terms("chain", (Stage(timeout=HOUR, then="escalate", remind=20 * MINUTE), Stage()), open_max=2),
    Terms(
        "skips", (Stage(timeout=10 * MINUTE, then="skip"), Stage(timeout=HOUR), Stage()), within=20 * MINUTE
    ),
    Terms("first", first_use=True, within=HOUR),
    Terms("late", first_use=True),
    Terms("auto", automatic=2, per=6 * HOUR, remind=30 * MINUTE),
)
_SOMEBODY = PrincipalSet(("C0APPROVE",))


def ruling(terms: Terms, emergency_seconds: int = 0) -> Ruling:
    """What is pinned into a request; an emergency has no chain."""
    steps = tuple(
        Step(_SOMEBODY, one.approvals, one.remind, one.timeout, Then(one.then), _SOMEBODY)
        for one in terms.stages
    )
    emergency = EmergencyRule(_SOMEBODY, emergency_seconds, _SOMEBODY, terms.remind)
    limit = Limit(
        terms.rule,
        terms.open_max,
        0 if emergency_seconds else terms.cool_down,
        0 if emergency_seconds else terms.automatic,
        terms.per,
    )
    return Ruling(
        "C0APPROVE",
        () if emergency_seconds else steps,
        rules=(terms.rule,),
        max_seconds=terms.most,
        limits=(limit,) if limit else (),
        automatic=terms.automatic > 0 and not emergency_seconds,
        starts=Starts.FIRST_USE if terms.first_use and not emergency_seconds else Starts.APPROVAL,
        use_within=terms.within,
        emergency=emergency if emergency_seconds else None,
    )
