"""What a login and its session come to, in the model: seconds, plain states, and each end once."""

from dataclasses import dataclass, field

MINUTE = 60
CODE, PICK, FETCH = 2 * MINUTE, 2 * MINUTE, 2 * MINUTE
IDLE, LONGEST = 12 * 3_600, 7 * 24 * 3_600
MOST = 3
"""Sessions of one person at once, here: so that lives come to the limit."""
TRIES = 5


@dataclass
class Course:
    """A login, and the session that it becomes: asked, offered, confirmed, over, or gone without a trace."""

    person: str
    code_until: float
    until: float
    state: str = "asked"
    tries: int = 0
    picked: bool = False
    ends: float = 0
    used: bool = False
    token: str = ""
    old: list[str] = field(default_factory=list)
    how: str = ""

    def over(self, how: str) -> None:
        self.state, self.how, self.token = "over", how, ""

    def settle(self, now: float) -> None:
        """What time alone has done."""
        if self.state not in {"asked", "offered", "confirmed"} or now < self.until:
            return
        if self.state == "asked":
            self.state = "gone"
        elif self.state == "offered":
            self.over("unanswered")
        else:
            self.over("expired" if self.used else "unused")


@dataclass
class SessionsModel:
    """Everybody's."""

    now: float = 0
    courses: dict[str, Course] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for course in self.courses.values():
            course.settle(self.now)

    def live(self, person: str) -> list[str]:
        return [
            login
            for login, course in self.courses.items()
            if (course.person, course.state) == (person, "confirmed")
        ]

    def barred(self, person: str) -> str:
        """Why somebody may not sign in; empty where they may."""
        if person in self.gone:
            return "deactivated"
        return "locked" if person in self.locked else ""

    def start(self, person: str) -> str:
        if barred := self.barred(person):
            return barred
        return "too_many_sessions" if len(self.live(person)) >= MOST else ""

    def offer(self, login: str, *, right: bool, own: bool) -> str:
        """`right`: the code; `own`: from the terminal that offered first."""
        course = self.courses[login]
        if course.state == "asked" and right:
            if course.person in self.locked:
                return "locked"
            course.state, course.until = "offered", self.now + PICK
            return ""
        if course.state == "asked":
            course.tries += 1
            if course.tries >= TRIES:
                course.over("wrong_codes")
        # The code's own terminal is told the same again, whatever has become of its login.
        good = self.now < course.code_until and course.state in {"offered", "confirmed", "over"}
        return "" if good and right and own and course.how != "wrong_codes" else "login_code"

    def pick(self, login: str, who: str, picked: str) -> str:
        course = self.courses[login]
        if barred := self.barred(who):
            return barred
        if who != course.person:
            return "login_not_yours"
        if course.state != "offered":
            return "login_over"
        if picked == "right" and len(self.live(who)) >= MOST:
            return "too_many_sessions"
        if picked != "right":
            course.over("declined" if picked == "none" else "wrong_number")
            return ""
        course.state, course.until, course.picked = "confirmed", self.now + FETCH, True
        course.ends = self.now + LONGEST
        return ""

    def use(self, login: str) -> None:
        course = self.courses[login]
        course.used, course.until = True, min(self.now + IDLE, course.ends)

    def end(self, person: str, how: str, login: str = "") -> int:
        ending = [one for one in self.live(person) if login in {"", one}]
        for one in ending:
            self.courses[one].over(how)
        return len(ending)
