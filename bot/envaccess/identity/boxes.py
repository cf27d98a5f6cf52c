"""Boxes that pass between the server and a session's client (`crypto.boxes`)."""

from envaccess.crypto.boxes import seal_to, values_info


def seal_values(seal_key: str, grant: str, operation: str, text: str) -> str:
    """Values in a box for one key, one grant and one operation.

    Raises:
        BoxError: the key is none.
    """
    return seal_to(seal_key, text.encode(), values_info(grant, operation))
