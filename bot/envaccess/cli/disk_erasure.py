"""An old ciphertext after a change: off our own disk at once; a sentence where the disk is not ours."""

from dataclasses import dataclass

from envaccess.cli.operator_ports import OperatorTools
from envaccess.cli.output import Complaint, say
from envaccess.domain.errors import StoreError


@dataclass(frozen=True, slots=True)
class Erased:
    """Whether an old ciphertext is off the disk.

    Attributes:
        words: what an operator should know; empty when nothing is left.
        failed: whether the old ciphertext is still where it should not be.
    """

    words: str = ""
    failed: bool = False


async def erase_old(operator: OperatorTools) -> Erased:
    """Take off the disk what was deleted, replaced or sealed anew; the change itself is done already."""
    try:
        return Erased(await operator.erase_old())
    except StoreError as error:
        mend = "`envaccess secrets reseal` tries it again."
        return Erased(
            f"The change is made, but the old ciphertext is still on the disk. {error}. {mend}", failed=True
        )


def tell(erased: Erased) -> None:
    """Print what an operator should know.

    Raises:
        Complaint: it failed.
    """
    if erased.failed:
        raise Complaint(erased.words)
    if erased.words:
        say(erased.words)
