"""The policy that holds now. A reload puts another in its place; requests keep the ruling that was pinned."""

from envaccess.domain.policy.book import Policy


class Rulebook:
    """One process's policy.

    Attributes:
        current: the policy that holds now.
    """

    def __init__(self, policy: Policy) -> None:
        self.current = policy
