"""After `envaccess init`: import the values of a `.env`, and delete it once all of them are stored."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from envaccess.cli.importing.env_form import read_env_form
from envaccess.cli.importing.plan import make_plan
from envaccess.cli.output import say, warn
from envaccess.cli.project_prompt import terminal_ask
from envaccess.cli.value_input import decode
from envaccess.client.errors import ClientError, NotSignedInError, RefusedError
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.text import count
from envaccess.domain.variable import DEFAULT_ENVIRONMENT, Variable

_LONGEST: Final = 1_048_576


class ValueWriter(Protocol):
    """Sets values as an owner; `client.api.ApiClient` fits. Raises `ClientError`."""

    def set_value(self, variable: str, value: str, op: str, *, replace: bool) -> str:
        """Store a value; what was done."""
        ...


def offer_import(path: Path, environment: str, *, ask: bool) -> None:
    """Offer to import and then to delete a `.env`; without a terminal, or a session, say how it is done.

    Args:
        path: of the file.
        environment: where its names go.
        ask: False to ask nothing.
    """
    question = terminal_ask("Import its values?") if ask else None
    found = _read(path)
    if found is None:
        return
    text, digest = found
    env = make_plan(read_env_form(text), environment, skip_empty=True)
    if env.problems:
        say(f"{path.name} cannot be imported as it is: `{_command(path, environment)}` says which lines.")
    if not env.values:
        return
    client = _client()
    if question is None or client is None:
        say(
            f"{path.name} has {count(len(env.values), 'value')}. An operator imports them, on the bot's host:"
        )
        say(f"    {_command(path, environment)}")
        say(f"Delete {path.name} afterwards.")
        return
    say(
        f"{path.name} has {count(len(env.values), 'value')}. As an owner you can store them in {environment}."
    )
    for told in env.left_out:
        say(told)
    if question("") and import_all(client, env.values) and not env.left_out:
        delete_after(path, digest, terminal_ask(f"All are stored. Delete {path.name}?"))


def _command(path: Path, environment: str) -> str:
    where = "" if environment == DEFAULT_ENVIRONMENT else f" --environment {environment}"
    return f"envaccess secrets import{where} --skip-empty {path.name}"


def import_all(client: ValueWriter, values: Mapping[Variable, str]) -> bool:
    """Store each value that no variable has yet, and replace none; whether all are stored."""
    from envaccess.client.calls import new_operation  # noqa: PLC0415 - heavy

    left = 0
    for variable, value in values.items():
        try:
            client.set_value(str(variable), value, new_operation(), replace=False)
        except RefusedError as refused:
            warn(f"{variable.label} was not stored: {refused}")
            left += 1
        except ClientError as error:
            warn(f"{variable.label} may not be stored, and none after it is: {error}")
            return False
        else:
            say(f"{variable.label} is stored.")
    if left:
        say(f"{count(left, 'value')} of {len(values)} not stored, so that the file stays.")
    return not left


def delete_after(path: Path, digest: str, ask: Callable[[str], bool] | None) -> None:
    """Delete a file, if it is still what was imported and somebody says yes."""
    if ask is None or not ask(""):
        say(f"{path.name} stays.")
        return
    now = _read(path)
    if now is None or now[1] != digest:
        warn(f"{path.name} has changed meanwhile, and stays.")
        return
    try:
        path.unlink()
    except OSError as error:
        warn(f"{path.name} cannot be deleted ({error.strerror}).")
    else:
        say(f"{path.name} is deleted. Backups, editors and git may still have its values.")


def _read(path: Path) -> tuple[str, str] | None:
    """The text and its digest; None where it cannot be read as text."""
    with suppress(OSError), path.open("rb") as file:
        found = file.read(_LONGEST + 1)
        text = decode(found) if len(found) <= _LONGEST else None
        return (text, hashlib.sha256(found).hexdigest()) if text is not None else None
    return None


def _client() -> ValueWriter | None:
    """A client of whoever is signed in; None where nobody is."""
    from envaccess.client.session import open_client  # noqa: PLC0415 - heavy
    from envaccess.settings.terminal import TerminalSettings  # noqa: PLC0415 - with it

    try:
        return open_client(TerminalSettings.look())
    except NotSignedInError:
        return None
    except EnvaccessError as error:
        warn(str(error))
        return None
