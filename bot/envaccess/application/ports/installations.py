"""Which workspaces installed the app."""

from collections.abc import Callable, Sequence
from typing import Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.installation import Installation


class InstallationStore(Protocol):
    """Installations as the store keeps them, sealed; every change of one is told in the audit streams.

    All raise `StoreError` where Redis did not answer.
    """

    async def all(self) -> Sequence[Installation]:
        """Every one that a master key of ours opens."""
        ...

    async def find(self, team: str, enterprise: str) -> Installation | None:
        """The one that serves a workspace: its own, else its organisation's that was granted it.

        Args:
            team: the workspace; empty for the installation of the organisation itself.
            enterprise: the organisation; empty where it is in none, or nobody said.
        """
        ...

    async def save(self, new: Installation) -> None:
        """Keep it in place of what was there for the same workspace or organisation."""
        ...

    async def remove(self, team: str, enterprise: str, by: Actor, why: str, of_token: str = "") -> bool:
        """Forget it and its token; False, and nothing, where there was none, or one with another token.

        Args:
            team: the workspace; empty for the installation of the organisation itself.
            enterprise: the organisation; of a workspace's own installation nobody looks at it.
            by: who did it.
            why: a word for the audit.
            of_token: the SHA-256 of the token that it has; empty for whichever.
        """
        ...

    async def swap(self, old_token_sha256: str, new: Installation) -> bool:
        """Put another token in place of one; False, and nothing, where it is not there any more.

        Only token, refresh token, end and scopes are taken of `new`: which workspaces were granted
        meanwhile stays.
        """
        ...

    async def change_teams(
        self, enterprise: str, change: Callable[[frozenset[str]], frozenset[str]], by: Actor
    ) -> bool:
        """Change which workspaces an organisation's installation is for; False where nothing changed."""
        ...
