"""Boxes that pass between the server and a session's client (`crypto.boxes`)."""

from envaccess.crypto.boxes import seal_to, service_info, values_info, variable_info
from envaccess.domain.errors import BoxError
from envaccess.identity.server_key import ServerKey


class ClientBoxes:
    """Makes and opens them.

    Args:
        server: the key that clients seal to.
    """

    def __init__(self, server: ServerKey) -> None:
        self._server = server

    @property
    def server_key(self) -> str:
        """The public half of our key, with its id."""
        return self._server.public

    def seal_values(self, seal_key: str, grant: str, operation: str, text: str) -> str:
        """Values in a box for one key, one grant and one operation.

        Raises:
            BoxError: the key is none.
        """
        return seal_to(seal_key, text.encode(), values_info(grant, operation))

    def seal_service(self, seal_key: str, grant: str, service: str, operation: str, text: str) -> str:
        """A service with its value in a box for one key, one grant, one service and one operation.

        Raises:
            BoxError: the key is none.
        """
        return seal_to(seal_key, text.encode(), service_info(grant, service, operation))

    def open_value(self, box: str, variable: str, operation: str) -> str:
        """The value that somebody sets for one variable, in one operation.

        Raises:
            BoxError: it was sealed to another key, for another use, or is no text in UTF-8.
        """
        try:
            return self._server.open_any(box, variable_info(variable, operation)).decode()
        except UnicodeDecodeError:
            raise BoxError("A box holds no text in UTF-8.") from None
