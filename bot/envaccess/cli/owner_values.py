"""`envaccess secrets set` of somebody who is signed in: over the API, as one of the variable's owners."""

from typing import Final

from envaccess.cli.hardening import harden
from envaccess.cli.output import Complaint, say
from envaccess.cli.value_input import read_value
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.errors import NotSignedInError
from envaccess.client.session import open_client
from envaccess.domain.variable import Variable
from envaccess.settings.terminal import TerminalSettings

VALUE_BYTES: Final = 45_000
"""The longest value that the API takes: sealed and as text it has a third more, and a body has 64 KB."""


def owner_client() -> ApiClient | None:
    """A client for the session that is meant; None where nobody is signed in, so that this host's store is.

    Raises:
        NotSignedInError: ENVACCESS_URL names a server that nobody is signed in to.
        ClientError: the session cannot be used.
    """
    settings = TerminalSettings.look()
    try:
        return open_client(settings, say)
    except NotSignedInError:
        if settings.url:
            raise
    return None


def set_as_owner(client: ApiClient, variable: Variable) -> None:
    """Say where the value goes, read it, and set it there.

    Raises:
        Complaint: there is no value, or it cannot be one.
        ClientError: the server says no, or does not answer.
    """
    harden()
    with client:
        session = client.session
        say(f"Setting {variable.label} at {session.url}, as @{session.name or session.person}.")
        value = read_value(variable.label)
        if len(value.encode()) > VALUE_BYTES:
            del value
            raise Complaint(
                f"The value is longer than {VALUE_BYTES:,} bytes, so it is set where envaccess runs; "
                "nothing was changed."
            )
        written = client.set_value(str(variable), value, new_operation(), replace=True)
    say(f"{written.capitalize()} {variable.label} at {session.url}.")
