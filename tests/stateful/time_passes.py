"""What time alone does to the model's requests."""

from dataclasses import dataclass, field

from tests.stateful.ask import REVIEW_MOST, UNUSED, Ask

Event = tuple[str, str, str]
"""Tag, actor, request."""
WARN_LEAST, WARN_MOST, WARN_PART = 5 * 60, 15 * 60, 4


@dataclass
class Timed:
    """Requests on which time acts; every change appends its event."""

    now: float = 0
    asks: dict[str, Ask] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Requests that time changed in this verb: of several, nobody promises which comes first."""

    def settle(self, ask: Ask) -> None:
        """Write down what is overdue, in the order in which it was."""
        before = len(self.events)
        while ask.state == "pending" and self._is_over(ask):
            pass
        self._remind(ask)
        if ask.grant == "waiting":
            self._settle_waiting(ask)
        if ask.grant == "active":
            self._settle_active(ask)
        self._ask_for_review(ask)
        if len(self.events) > before:
            self.touched.add(ask.id)

    def _is_over(self, ask: Ask) -> bool:
        if ask.step_deadline and ask.step_deadline < ask.deadline and self.now > ask.step_deadline:
            self.pass_over(ask, ask.step_deadline)
            return True
        if self.now > ask.deadline:
            self.time_out(ask, ask.deadline)
        return False

    def pass_over(self, ask: Ask, at: float) -> None:
        """A step's time is over: escalate once, else skip where a later step is left, else it is all over."""
        stage = ask.terms.stages[ask.step]
        if stage.then == "escalate" and not ask.escalated:
            ask.escalated, ask.reminders = True, 0
            ask.remind_at = self._next_reminder(ask)
            ask.step_deadline = at + stage.timeout if stage.timeout else 0
            self.tell("request.escalated", "time", ask.id)
        elif stage.then == "skip" and ask.step + 1 < len(ask.terms.stages):
            self.tell("request.step_skipped", "time", ask.id)
            ask.skipped = (*ask.skipped, ask.step)
            following = ask.missing(ask.yes)
            self.enter(ask, ask.step + 1 if following is None else following, at)
        else:
            self.time_out(ask, at)

    def time_out(self, ask: Ask, at: float) -> None:
        ask.state, ask.decided = "timed_out", at
        self.tell("request.timed_out", "time", ask.id)

    def enter(self, ask: Ask, step: int, at: float) -> None:
        """A step begins: its own time, its own reminders."""
        stage = ask.terms.stages[step]
        ask.step, ask.escalated, ask.reminders = step, False, 0
        ask.step_deadline = at + stage.timeout if stage.timeout else 0
        ask.remind_at = self._next_reminder(ask)

    def _next_reminder(self, ask: Ask) -> float:
        """Counted from when people are called, however late that is: a call is never drowned by the next."""
        every = ask.terms.stages[ask.step].remind
        due = self.now + every * 2**ask.reminders
        return due if every and due < ask.deadline else 0

    def _remind(self, ask: Ask) -> None:
        if ask.state == "pending" and ask.remind_at and self.now >= ask.remind_at:
            ask.reminders += 1
            ask.remind_at = self._next_reminder(ask)
            self.tell("request.reminded", "time", ask.id)

    def _settle_waiting(self, ask: Ask) -> None:
        if ask.lapses:
            if self.now >= ask.lapses:
                self.lapse(ask, ask.lapses)
        elif self.now >= ask.starts + ask.seconds:
            self.lapse(ask, ask.starts + ask.seconds)
        elif self.now >= ask.starts:
            self.begin(ask, ask.starts, "time")

    def _settle_active(self, ask: Ask) -> None:
        if self.now >= ask.expires:
            ask.grant, ask.ended, ask.ended_by = "expired", ask.expires, ""
            self.tell("grant.expired", "time", ask.id)
        elif ask.lapses and self.now >= ask.lapses and not ask.reveals:
            self.lapse(ask, ask.lapses)
        elif ask.warn_at and self.now >= ask.warn_at:
            ask.warn_at, ask.warnings = 0, ask.warnings + 1
            self.tell("grant.expiring", "time", ask.id)

    def lapse(self, ask: Ask, at: float) -> None:
        ask.grant, ask.ended, ask.ended_by = "lapsed", at, ""
        self.tell("grant.lapsed", "time", ask.id)

    def _ask_for_review(self, ask: Ask) -> None:
        if ask.review == "open" and self.now >= ask.review_at:
            ask.reminders += 1
            ask.review_at = self.now + min(ask.terms.remind * 2**ask.reminders, REVIEW_MOST)
            self.tell("emergency.reminded", "time", ask.id)

    def begin(self, ask: Ask, at: float, actor: str) -> None:
        """The clock starts."""
        ask.grant, ask.expires, ask.lapses = "active", at + ask.seconds, 0
        within = ask.terms.within
        if within and not ask.terms.first_use and within < ask.seconds:
            ask.lapses = at + within
        ask.warn_at = self.warn(ask, at)
        self.tell("grant.activated", actor, ask.id)

    def warn(self, ask: Ask, begins: float) -> float:
        """When its requester is told that it ends soon: in the last quarter, at most 15 minutes before."""
        lasts = ask.expires - begins
        short = ask.once or round(lasts) < WARN_LEAST
        return 0 if short else ask.expires - min(WARN_MOST, round(lasts) // WARN_PART)

    def start(self, ask: Ask, actor: str) -> None:
        """It is approved: access begins, or waits for its hour or its first use."""
        if ask.starts > self.now:
            ask.grant = "waiting"
        elif ask.terms.first_use and not ask.emergency:
            ask.grant, ask.lapses = "waiting", self.now + (ask.terms.within or UNUSED)
        else:
            self.begin(ask, self.now, actor)

    def tell(self, tag: str, actor: str, request: str = "") -> None:
        self.events.append((tag, actor, request))
