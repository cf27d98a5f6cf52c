"""What agents, and what they ask for, come to, in the model: seconds, plain states, and each end once."""

from dataclasses import dataclass, field

MINUTE = 60
PICK, FETCH, WAITS = 2 * MINUTE, 2 * MINUTE, 15 * MINUTE
LIVES = 60 * MINUTE
GRANTED = 10 * MINUTE
MOST = 2
"""Agents of one person, and proposals of one agent, at once, here: so that lives come to the limit."""
OPEN = ("offered", "confirmed")
APPROVERS = ("U0BOB", "U0CAROL")
"""Who decides on what agents ask, but for their own."""


@dataclass
class Wish:
    """What an agent wants to ask for: proposed, filed, granted, over, or declined."""

    agent: str
    variable: str
    until: float
    state: str = "proposed"
    how: str = ""
    let: bool = False


@dataclass
class AgentCourse:
    """An agent: offered, confirmed, or over."""

    person: str
    until: float
    state: str = "offered"
    begun: bool = False
    ends: float = 0
    used: bool = False
    how: str = ""


@dataclass
class AgentsModel:
    """Everybody's."""

    now: float = 0
    agents: dict[str, AgentCourse] = field(default_factory=dict)
    wishes: dict[str, Wish] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for agent, course in self.agents.items():
            if course.state in OPEN and self.now >= course.until:
                how = "unanswered" if course.state == "offered" else "expired" if course.used else "unused"
                self.over(agent, how)
        for wish in self.wishes.values():
            if wish.state == "proposed" and self.now >= wish.until:
                wish.state, wish.how = "declined", "unanswered"
            if wish.state == "granted" and self.now >= wish.until:
                wish.state = "over"

    def over(self, agent: str, how: str) -> None:
        """The end of an agent, which is that of all that it wants and has."""
        course = self.agents[agent]
        course.state, course.how = "over", how
        for wish in self.wishes.values():
            if wish.agent != agent:
                continue
            if wish.state == "proposed":
                wish.state, wish.how = "declined", "session_ended"
            if wish.state in {"filed", "granted"}:
                wish.state = "over"

    def open_of(self, person: str) -> list[str]:
        return [id_ for id_, one in self.agents.items() if one.person == person and one.state in OPEN]

    def wishes_of(self, agent: str) -> list[str]:
        return [id_ for id_, one in self.wishes.items() if (one.agent, one.state) == (agent, "proposed")]

    def barred(self, person: str) -> str:
        """Why somebody presses in vain; empty where they do not."""
        if person in self.gone:
            return "deactivated"
        return "locked" if person in self.locked else ""

    def offer(self, person: str) -> str:
        return self.barred(person) or ("too_many_agents" if len(self.open_of(person)) >= MOST else "")

    def press(self, agent: str, who: str, *, start: bool) -> str:
        course = self.agents[agent]
        if barred := self.barred(who):
            return barred
        if who != course.person:
            return "agent_not_yours"
        if course.state != "offered":
            return "agent_over"
        if start and agent in self.locked:
            return "locked"
        if not start:
            self.over(agent, "declined")
            return ""
        course.state, course.begun = "confirmed", True
        course.until, course.ends = self.now + FETCH, self.now + LIVES
        return ""

    def use(self, agent: str) -> None:
        course = self.agents[agent]
        course.used, course.until = True, course.ends

    def propose(self, agent: str, variable: str) -> str:
        """Why nothing is proposed; `has`: it asked for that already, or has it."""
        course = self.agents[agent]
        if course.person in self.gone:
            return "deactivated"
        if {course.person, agent} & self.locked:
            return "locked"
        same = [one for one in self.wishes.values() if (one.agent, one.variable) == (agent, variable)]
        if any(one.state in {"filed", "granted"} for one in same):
            return "has"
        if course.state != "confirmed":
            return "no_session"
        if any(one.state == "proposed" for one in same):
            return "same"
        return "too_many_proposals" if len(self.wishes_of(agent)) >= MOST else ""

    def answer(self, wish_id: str, who: str, *, let: bool) -> str:
        wish = self.wishes[wish_id]
        course = self.agents[wish.agent]
        if who in self.gone:
            return "deactivated"
        if who != course.person:
            return "proposal_not_yours"
        if wish.state != "proposed":
            return "proposal_over"
        if not let:
            wish.state, wish.how = "declined", "button"
            return ""
        if {who, wish.agent} & self.locked:
            return "locked"
        wish.state, wish.let = "filed", True
        return ""

    def approve(self, wish_id: str, who: str) -> str:
        wish = self.wishes[wish_id]
        behind = self.agents[wish.agent].person
        if wish.state != "filed" or who == behind or who not in APPROVERS or self.barred(who):
            return "refused"
        wish.state, wish.until = "granted", self.now + GRANTED
        return ""

    def end(self, person: str, how: str, agent: str = "") -> int:
        """End one begun agent of somebody, or all that are open."""
        ending = [one for one in self.open_of(person) if agent in {"", one}]
        for one in ending:
            self.over(one, how)
        return len(ending)
