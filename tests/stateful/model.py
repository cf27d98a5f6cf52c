"""The law in plain Python: what requests, grants, duties and values are, without Redis. Times are seconds."""

import copy
from collections import Counter
from dataclasses import dataclass, field

from envaccess.domain.limits import EMERGENCIES_PER_HOUR, PENDING_MAX
from tests.stateful.ask import HOUR, MINUTE, PENDING, QUESTIONS, Ask, Terms, View, Yes
from tests.stateful.locking import Locking

MARGIN = 20.0
"""Seconds that a moment keeps from every boundary: more than the steps of one example take."""


@dataclass
class Model(Locking):
    """A workspace. Every verb returns what the person is told, and appends the events that it writes."""

    values: dict[str, int] = field(default_factory=dict)
    generation: int = 0
    automatic: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    raised: dict[str, list[float]] = field(default_factory=dict)

    def live(self, request: str) -> bool:
        """Whether the right itself exists now."""
        ask = self.asks[request]
        return ask.grant == "active" and self.now < ask.expires

    def is_edge(self, moment: float) -> bool:
        """Whether it would matter if a moment came a little sooner or later."""
        sides = []
        for now in (moment - MARGIN, moment + MARGIN):
            side = copy.deepcopy(self)
            side.now = now
            side.work()
            sides.append(side.events)
        return sides[0] != sides[1] or any(abs(moment - edge) < MARGIN for edge in self._edges())

    def _edges(self) -> list[float]:
        asks = list(self.asks.values())
        ends = [end for ask in asks for end in (ask.ended, ask.decided, ask.expires, ask.lapses)]
        return [
            *(since + MINUTE for since, _ in self.refusals.values()),
            *(end + ask.terms.cool_down for end in ends for ask in asks),
            *(was + ask.terms.per for had in self.automatic.values() for was in had for ask in asks),
            *(until for _, until in self.duties.values()),
            *(was + HOUR for had in self.raised.values() for was in had),
            *(ask.starts for ask in asks),
        ]

    def put(self, name: str) -> str:
        self.generation += 1
        told = "changed" if name in self.values else "created"
        self.values.setdefault(name, self.generation)
        self.tell(f"secret.{told}", "cli:root")
        return told

    def delete(self, name: str) -> "int | None":
        if name not in self.values:
            return None
        held = [ask for ask in self._held() if name in ask.variables]
        for ask in held:
            self.settle(ask)
        del self.values[name]
        self.tell("secret.deleted", "cli:root")
        live = [ask for ask in held if ask.held]
        for ask in live:
            self._end(ask, "revoked", "cli:root")
        return len(live)

    def file(self, ask: Ask) -> str:
        who = ask.requester
        if locked := self._meets_lock(who, [who, *ask.variables]):
            return locked
        if any(name not in self.values for name in ask.variables):
            return self._refuse(who, "unknown_variable")
        same = None if ask.emergency else self._pending_like(ask)
        if same and not self._is_remade(same):
            return f"pending {same.id}"
        if ask.emergency or ask.extends or self._is_limited(ask.terms):
            for other in self._of(who):
                self.settle(other)
        why_not = self._why_not(ask)
        if why_not:
            return why_not
        if same:
            same.state, same.decided_by = "cancelled", "bot"
            self.tell("request.cancelled", "bot", same.id)
        self.asks[ask.id] = ask
        ask.born = {name: self.values[name] for name in ask.variables}
        if ask.emergency:
            self.raised.setdefault(who, []).append(self.now)
        ask.deadline = self.now + PENDING
        self.tell("request.created", f"person:{who}", ask.id)
        self._take_up(ask)
        return f"filed {ask.id}"

    def _pending_like(self, ask: Ask) -> Ask | None:
        for other in self.asks.values():
            alike = (other.requester, other.extends) == (ask.requester, ask.extends)
            if alike and other.state == "pending" and (ask.extends or other.asked == ask.asked):
                self.settle(other)
                if other.state == "pending":
                    return other
        return None

    def _of(self, who: str) -> list[Ask]:
        return [ask for ask in self.asks.values() if ask.requester == who and ask.open]

    def _is_limited(self, terms: Terms) -> bool:
        return bool(terms.open_max or terms.cool_down or terms.automatic)

    def _why_not(self, ask: Ask) -> str:
        """Why it may not be filed as things stand, or which emergency it would repeat."""
        who, terms = ask.requester, ask.terms
        for other in self._of(who):
            if ask.emergency and other.emergency and other.asked == ask.asked:
                return f"pending {other.id}"
        if ask.extends:
            target = self.asks[ask.extends]
            good = target.requester == who and target.grant == "active" and not target.once
            return self._has_no_room(ask) if good else self._refuse(who, "not_extendable")
        mine = [o for o in self._of(who) if o.terms.rule == terms.rule and not o.extends]
        if terms.open_max and len(mine) >= terms.open_max:
            return self._refuse(who, "too_many_open")
        if terms.cool_down and not ask.emergency and self._last_end(ask) + terms.cool_down > self.now:
            return self._refuse(who, "cool_down")
        return self._has_no_room(ask)

    def _has_no_room(self, ask: Ask) -> str:
        """What one person may have, whatever the policy says."""
        who, terms = ask.requester, ask.terms
        if ask.emergency:
            recent = [was for was in self.raised.get(who, []) if was > self.now - HOUR]
            return self._refuse(who, "too_many_emergencies") if len(recent) >= EMERGENCIES_PER_HOUR else ""
        had = [was for was in self.automatic.get((who, terms.rule), []) if was > self.now - terms.per]
        if terms.automatic and not ask.extends and len(had) < terms.automatic:
            return ""
        waiting = [other for other in self._of(who) if other.state == "pending"]
        if len(waiting) >= PENDING_MAX:
            for other in waiting:
                self.settle(other)
            if sum(other.state == "pending" for other in waiting) >= PENDING_MAX:
                return self._refuse(who, "too_many_pending")
        return ""

    def _is_remade(self, ask: Ask) -> bool:
        """Whether one of its variables was deleted and made again since it was asked for."""
        return any(self.values.get(name) != ask.born[name] for name in ask.variables)

    def _last_end(self, ask: Ask) -> float:
        """When somebody's access to one of these ended, or was denied, for the last time."""
        ends = [-1e9]
        for other in self.asks.values():
            if other.requester == ask.requester and other.asked & set(ask.variables):
                ended = other.grant and not other.held
                ends += [other.decided] if other.state == "denied" else [other.ended] if ended else []
        return max(ends)

    def _take_up(self, ask: Ask) -> None:
        """What is filed is granted at once, or its first step begins."""
        person, terms = f"person:{ask.requester}", ask.terms
        if ask.emergency:
            ask.review, ask.review_at = "open", self.now + terms.remind
            self.tell("emergency.used", person, ask.id)
            self._conclude(ask, person)
            return
        had = self.automatic.setdefault((ask.requester, terms.rule), [])
        recent = [was for was in had if was > self.now - terms.per]
        if terms.automatic and not ask.extends and len(recent) < terms.automatic:
            had.append(self.now)
            self.tell("request.approved", "policy", ask.id)
            self._conclude(ask, "policy")
        else:
            self.enter(ask, 0, self.now)

    def _conclude(self, ask: Ask, actor: str) -> None:
        ask.state, ask.decided = "approved", self.now
        target = self.asks.get(ask.extends)
        if target:
            self.settle(target)
        whole = target and target.variables == ask.variables and not ask.once
        if target and whole and target.grant == "active":
            self._prolong(target, ask, actor)
        else:
            self.start(ask, actor)

    def _prolong(self, target: Ask, ask: Ask, actor: str) -> None:
        ends = min(target.expires + ask.seconds, self.now + ask.terms.most)
        target.expires = max(ends, target.expires)
        target.warn_at, target.lapses = self.warn(target, self.now), 0
        ask.extended, ask.expires = True, target.expires
        self.tell("grant.extended", actor, target.id)

    def decide(self, request: str, who: str, verb: str, view: View) -> str:
        ask = self.asks[request]
        self.settle(ask)
        if ask.requester in {who, view.behalf}:
            return self._refuse(who, "self_approval", request)
        if ask.state != "pending":
            return f"not_pending {ask.state} {ask.decided_by}"
        more = [] if verb == "deny" else [ask.requester, *ask.variables]
        if locked := self._meets_lock(who, [who, view.behalf, *more], request):
            return locked
        if verb == "deny":
            ask.state, ask.decided_by, ask.decided = "denied", who, self.now
            self.tell("request.denied", f"person:{who}", request)
            return "denied"
        return self._why_not_yes(ask, who, view) or self._approve(ask, who, view)

    def _why_not_yes(self, ask: Ask, who: str, view: View) -> str:
        if any(name not in self.values for name in ask.variables):
            return self._refuse(who, "unknown_variable", ask.id)
        if self._is_remade(ask):
            return self._refuse(who, "variable_remade", ask.id)
        target = self.asks[ask.extends] if ask.extends else None
        if target:
            self.settle(target)
            if target.grant == "revoked":
                return self._refuse(who, "extends_ended", ask.id)
        if ask.step != view.step:
            return "moved_on"
        return self._refuse(who, "already_counted", ask.id) if {who, view.behalf} & ask.used_up else ""

    def _approve(self, ask: Ask, who: str, view: View) -> str:
        last = ask.missing((*ask.yes, Yes(who, ask.step, view.behalf))) is None
        gone = {*view.lost, *(y.by for y in ask.yes if last and self.locks & {y.by, y.behalf})}
        kept = tuple(yes for yes in ask.yes if yes.by not in gone)
        yes = (*kept, Yes(who, ask.step, view.behalf))
        following = ask.missing(yes)
        if following is None and view.checked != len(ask.yes):
            return "moved_on"
        names = tuple(n for n in ask.variables if not view.variables or n in view.variables)
        if not names:
            return self._refuse(who, "not_wider", ask.id)
        if len(kept) < len(ask.yes):
            self.tell("request.step_reopened", f"person:{who}", ask.id)
        ask.yes, ask.variables = yes, names
        ask.seconds = min(ask.seconds, view.seconds or ask.seconds)
        if following is not None:
            self.tell("request.step_approved", f"person:{who}", ask.id)
            if following != ask.step:
                self.enter(ask, following, self.now)
            return "pending"
        ask.decided_by = who
        self.tell("request.approved", f"person:{who}", ask.id)
        self._conclude(ask, f"person:{who}")
        return "approved"

    def escalate(self, request: str, step: int, *, escalated: bool) -> None:
        """Nobody is left who could pass this step."""
        ask = self.asks[request]
        self.settle(ask)
        if ask.state == "pending" and (ask.step, ask.escalated) == (step, escalated):
            self.pass_over(ask, self.now)

    def ask(self, request: str, who: str) -> str:
        ask = self.asks[request]
        if locked := self._meets_lock(who, [who], request):
            return locked
        self.settle(ask)
        if ask.requester == who:
            return self._refuse(who, "self_approval", request)
        if ask.over or len(ask.questions) >= QUESTIONS:
            return ask.over or "too_many_questions"
        ask.questions.append(False)
        self.tell("request.questioned", f"person:{who}", request)
        return "said"

    def answer(self, request: str, who: str) -> str:
        ask = self.asks[request]
        if locked := self._meets_lock(who, [who], request):
            return locked
        self.settle(ask)
        if ask.requester != who:
            return self._refuse(who, "not_yours", request)
        if ask.state != "pending":
            return f"not_pending {ask.state} {ask.decided_by}"
        if all(ask.questions):
            return "no_question"
        ask.questions[ask.questions.index(False)] = True
        self.tell("request.answered", f"person:{who}", request)
        return "said"

    def review(self, request: str, who: str) -> str:
        ask = self.asks[request]
        if locked := self._meets_lock(who, [who], request):
            return locked
        self.settle(ask)
        if ask.requester == who:
            return self._refuse(who, "own_review", request)
        if ask.review != "open":
            return "no_review"
        ask.review, ask.reviewed_by = "closed", who
        self.tell("emergency.reviewed", f"person:{who}", request)
        return "said"

    def cancel(self, request: str, who: str) -> str:
        ask = self.asks[request]
        self.settle(ask)
        if ask.requester != who:
            return self._refuse(who, "not_yours", request)
        if ask.state != "pending":
            return f"not_pending {ask.state} {ask.decided_by}"
        ask.state = "cancelled"
        self.tell("request.cancelled", f"person:{who}", request)
        return "cancelled"

    def revoke(self, request: str, who: str) -> str:
        ask = self.asks[request]
        if ask.requester != who and (locked := self._meets_lock(who, [who], request)):
            return locked
        self.settle(ask)
        if not ask.grant:
            return f"no_grant {ask.state}"
        if ask.grant == "used_up":
            ask.barred_by = f"person:{who}"  # a use given back later ends instead of living again
        if not ask.held:
            return f"grant_ended {ask.grant} {ask.ended_by}"
        self._end(ask, "revoked", f"person:{who}")
        return "revoked"

    def claim(self, request: str, who: str) -> str:
        return self._claim(self.asks[request], who)

    def claim_named(self, name: str, who: str) -> str:
        if locked := self._meets_lock(who, [who, name]):
            return locked
        held = [ask for ask in self._held() if ask.requester == who]
        for ask in held:
            self.settle(ask)
        usable = [ask for ask in held if name in ask.variables]
        active = [ask for ask in usable if ask.grant == "active"]
        timed = [ask for ask in active if not ask.once][-1:]
        single = [ask for ask in active if ask.once][:1]
        unused = [ask for ask in usable if ask.grant == "waiting" and ask.lapses][:1]
        later = [ask for ask in usable if ask.grant == "waiting" and not ask.lapses][:1]
        best = [*timed, *single, *unused, *later]
        return self._claim(best[0], who) if best else self._refuse(who, "no_grant")

    def give_back(self, request: str) -> None:
        ask = self.asks[request]
        ask.reveals -= 1
        self.tell("grant.reveal_failed", "bot", request)
        if ask.grant != "used_up":
            return
        after = [self.locked.get(target, (0, "")) for target in (ask.requester, *ask.variables)]
        barred = [ask.barred_by, *(by for at, by in after if at > ask.used)]
        if any(barred):
            self._end(ask, "revoked", next(by for by in barred if by))
        elif self._is_remade(ask):
            self._end(ask, "revoked", "bot")
        elif self.now < ask.expires:
            ask.grant, ask.ended_by, ask.ended = "active", "", 0
        else:
            ask.grant, ask.ended_by, ask.ended = "expired", "", ask.expires
            self.tell("grant.expired", "time", request)

    def work(self) -> None:
        """A worker writes down everything that is overdue."""
        for ask in self.asks.values():
            self.settle(ask)
        for (who, why), (since, count) in list(self.refusals.items()):
            if self.now >= since + MINUTE:
                del self.refusals[who, why]
                if count:
                    self.tell("access.refused_count", f"person:{who}")
        for giver, (_, until) in list(self.duties.items()):
            if self.now >= until:
                del self.duties[giver]
                self.tell("duty.returned", "time")

    def uses(self) -> Counter[str]:
        """Reveals that stand, by request."""
        uses: Counter[str] = Counter()
        for tag, _, request in self.events:
            uses[request] += (tag == "grant.revealed") - (tag == "grant.reveal_failed")
        return uses

    def _claim(self, ask: Ask, who: str) -> str:
        if ask.requester != who:
            return self._refuse(who, "not_yours", ask.id)
        if locked := self._meets_lock(who, [who, *ask.variables], ask.id):
            return locked
        self.settle(ask)
        if not ask.grant:
            return f"{self._refuse(who, 'no_grant', ask.id)} {ask.state}"
        if not ask.held:
            return f"{self._refuse(who, 'grant_ended', ask.id)} {ask.grant} {ask.ended_by}"
        if ask.grant == "waiting":
            if not ask.lapses:
                return "not_begun"
            self.begin(ask, self.now, f"person:{who}")
        ask.reveals += 1
        self.tell("grant.revealed", f"person:{who}", ask.id)
        if ask.once:
            ask.grant, ask.ended_by, ask.ended = "used_up", f"person:{who}", self.now
            ask.used = len(self.events)
            self.tell("grant.used_up", f"person:{who}", ask.id)
        return f"claimed {ask.id}"
