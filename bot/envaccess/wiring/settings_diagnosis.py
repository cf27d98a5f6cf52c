"""The doctor's look at the settings themselves, and at what can be told of them without asking anybody."""

import errno
import re

from envaccess.application.installation_checks import Finding
from envaccess.domain.health import SetupFault
from envaccess.http.listener import bind
from envaccess.settings import Settings

SECRET = "SLACK_SIGNING_SECRET"  # noqa: S105 - a setting's name
LATER = "Mend what stands above, then run the doctor again"
_PORT = "PORT"
_LISTEN = "ENVACCESS_LISTEN"
_HEXADECIMAL = r"[0-9a-f]{32}"
"""How Slack makes them; its pages do not promise it, so another shape is a warning."""


def missing(setting: str, mend: str) -> Finding:
    """A setting that is not set."""
    return Finding(setting, fault=SetupFault(setting, "it is not set", mend))


def diagnose_settings(settings: Settings) -> list[Finding]:
    """One finding for each setting that is wrong, and each that should be known; none where all is right."""
    wrong = [Finding(name, fault=_wrong(name, sentence)) for name, sentence in settings.wrong.items()]
    notes = [_note(name, note) for name, note in settings.notes.items()]
    return wrong + notes


def _wrong(name: str, sentence: str) -> SetupFault:
    problem, _, mend = sentence.removeprefix(f"{name} ").partition(": ")
    mend = mend or "Correct it (it is not shown here), then run the doctor again"
    return SetupFault(name, problem, mend[:1].upper() + mend[1:])


def _note(name: str, note: str) -> Finding:
    problem, _, mend = note.partition(": ")
    return Finding(name, fault=SetupFault(name, problem, mend[:1].upper() + mend[1:], grave=False))


def diagnose_secret(settings: Settings) -> list[Finding]:
    """HTTP mode's secret, which only a real request can prove."""
    if SECRET in settings.wrong:
        return []
    if settings.slack_signing_secret is None:
        return [missing(SECRET, "Set it for HTTP mode, or SLACK_APP_TOKEN for Socket Mode")]
    found = [Finding(SECRET, "set, for HTTP mode (no app token); a signed request proves it")]
    if not re.fullmatch(_HEXADECIMAL, settings.slack_signing_secret.get_secret_value()):
        problem = "it is not 32 hexadecimal digits, as Slack's signing secrets are"
        mend = "Copy the Signing Secret again from the app's page Basic Information"
        found.append(Finding(SECRET, fault=SetupFault(SECRET, problem, mend, grave=False)))
    return found


def diagnose_port(settings: Settings) -> list[Finding]:
    """Whether the port can be listened on; silent where it can."""
    if {_PORT, _LISTEN} & settings.wrong.keys() or not settings.port:
        return []
    try:
        bind(settings.listen_address, settings.port).close()
    except OSError as error:
        fault = _refused(settings, error)
        return [Finding(fault.subject, fault=fault)]
    return []


def _refused(settings: Settings, error: OSError) -> SetupFault:
    if error.errno == errno.EADDRINUSE:
        mend = "That is right if it is this bot; else choose another"
        return SetupFault(_PORT, f"something listens on {settings.port} already", mend, grave=False)
    if error.errno == errno.EACCES:
        return SetupFault(
            _PORT, f"{settings.port} cannot be listened on (forbidden)", "Choose one from 1024 on"
        )
    problem = f"{settings.listen_address} is no address of this machine"
    return SetupFault(_LISTEN, problem, "Name one of its addresses, or 0.0.0.0 for all")
