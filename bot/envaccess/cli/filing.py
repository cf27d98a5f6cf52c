"""Ask for access over the API, and withdraw what was asked for."""

from collections.abc import Iterable
from typing import Final

from envaccess.cli.output import say
from envaccess.cli.request_words import tell_repeated
from envaccess.client.answers import RequestAnswer
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.errors import ClientError, RefusedError
from envaccess.domain.receipt import Receipt

WITHDRAWS: Final = "Ctrl-C withdraws it."
"""What is promised to somebody who waits, where it is kept by `withdraw`."""


def file_request(
    client: ApiClient, names: Iterable[str], duration: str, why: str, receipt: Receipt, start: str = ""
) -> RequestAnswer:
    """File a request, or join the one that waits already, and say so."""
    try:
        found = client.file(names, duration, why, start, receipt, new_operation())
    except KeyboardInterrupt:
        say("It may have been filed already: `envaccess status` says so.")
        raise
    tell_repeated(found)
    return found


def withdraw(client: ApiClient, id_: str) -> None:
    """Withdraw a request that nobody waits for any more, and say so."""
    try:
        client.cancel(id_, new_operation())
        say(f"Withdrawn: request {id_}.")
    except RefusedError as error:
        say(f"Request {id_} was not withdrawn: {error} `envaccess end {id_}` ends what came of it.")
    except ClientError as error:
        say(f"Request {id_} could not be withdrawn: {error} `envaccess cancel {id_}` does it later.")
