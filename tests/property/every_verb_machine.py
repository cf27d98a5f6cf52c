"""Any people press anything in any order, while people, groups, policies and time move under them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from envaccess.application.requests.decide import WHOLE, Narrower
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from tests.property.judged_machine import requests
from tests.property.policies import PEOPLE, POLICIES, REASONS
from tests.property.verb_rules import PRINCIPALS, SETS, VerbRules, lengths, people
from tests.store.harness import var


class EveryVerbMachine(VerbRules):
    """Every verb alone, and the sequences of verbs that chance alone would seldom try."""

    @rule(target=requests, who=people, names=st.sampled_from(SETS[:3]), seconds=lengths)
    def file_and_pass(self, who: str, names: tuple[str, ...], seconds: int) -> Any:
        """The way to a grant in one step, so that lives get far."""
        request = self.file(who, names, seconds, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.everybody_approves(request)
        return request

    @rule(request=requests)
    def everybody_approves(self, request: str) -> None:
        """As far as it goes: each person presses Approve, the requester too."""
        for who in PEOPLE:
            self.approve(request, who, WHOLE)

    @rule(target=requests, who=people, names=st.sampled_from(SETS), seconds=st.sampled_from([601, 1_801]))
    def nobody_hurries(self, who: str, names: tuple[str, ...], seconds: int) -> Any:
        """Steps are skipped or escalated before anybody presses."""
        request = self.file(who, names, 900, once=False, reason=REASONS[1], later=0)
        self.pass_time(seconds)
        self.work()
        if isinstance(request, str):
            self.everybody_approves(request)
        return request

    @rule(target=requests, who=people, names=st.sampled_from(SETS[:3]))
    def hold_on(self, who: str, names: tuple[str, ...]) -> Any:
        """Use what was granted, or ask for more of it."""
        request = self.file_and_pass(who, names, 600)
        if isinstance(request, str):
            self.reveal(request, "")
            more = self.extend(request, "", 300)
            if isinstance(more, str):
                self.everybody_approves(more)
                return more
        return request

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        policy=st.sampled_from(POLICIES),
        first=people,
        principal=PRINCIPALS,
    )
    def minds_change(
        self, who: str, names: tuple[str, ...], policy: Policy, first: str, principal: str
    ) -> Any:
        """Between two approvals there is another policy, and somebody elsewhere."""
        request = self.file(who, names, 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.approve(request, first, WHOLE)
            self.change_policy(policy)
            self.join_or_quit(principal, who)
            self.everybody_approves(request)
        return request

    @rule(target=requests, who=people, names=st.sampled_from(SETS), first=people, back=st.booleans())
    def an_approver_leaves(self, who: str, names: tuple[str, ...], first: str, *, back: bool) -> Any:
        """Whoever agreed first is gone when the last one agrees: what they said counts no more."""
        request = self.file(who, names, 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str) and self.harness.is_member(first):
            self.approve(request, first, WHOLE)
            self.leave_or_return(first)
            self.everybody_approves(request)
            if back:
                self.leave_or_return(first)
            self.everybody_approves(request)
        return request

    @rule(
        target=requests,
        who=people,
        giver=people,
        taker=people,
        quits=PRINCIPALS,
        names=st.sampled_from(SETS[:3]),
    )
    def stand_in(self, who: str, giver: str, taker: str, quits: str, names: tuple[str, ...]) -> Any:
        """Somebody decides for another, and the other wants to decide too."""
        request = self.file(who, names, 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.harness.directory.approvers |= {giver}
            self.delegate(giver, taker, 3_600)
            if self.harness.holds(PrincipalSet((quits,)), taker):
                self.join_or_quit(quits, taker)
            self.approve(request, taker, WHOLE)
            self.approve(request, giver, WHOLE)
            self.everybody_approves(request)
        return request

    @rule(
        who=st.sampled_from(["U0ANN", "U0EVE"]),
        seconds=st.sampled_from([300, 600, 900, 1_800]),
        target=requests,
    )
    def on_call(self, who: str, seconds: int) -> Any:
        """What may be approved automatically, again and again."""
        return self.file(who, ("default/B",), seconds, once=False, reason=REASONS[1], later=0)

    @rule(target=requests, who=people, approver=people)
    def less_of_more(self, who: str, approver: str) -> Any:
        """Of an extension of two variables, one is agreed to."""
        self.change_policy(POLICIES[-1])
        request = self.file(who, SETS[3], 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.everybody_approves(request)
            more = self.extend(request, "", 300)
            if isinstance(more, str):
                self.approve(more, approver, Narrower(variables=(var("A"),)))
        return request
