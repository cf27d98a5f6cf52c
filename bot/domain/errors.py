"""Every fault of envaccess. A refusal is a value (`refusal.Refusal`); a fault is one of these."""


class EnvaccessError(Exception):
    """The base of all faults that envaccess raises itself; its text is one sentence fit for an operator."""


class SettingsError(EnvaccessError):
    """A setting is missing or wrong; the sentence names it and says how to mend it."""


class SealError(EnvaccessError):
    """Sealing or opening failed; says no more, so that it tells an attacker nothing."""


class KeyFileError(EnvaccessError):
    """The generated key file is missing, unsafe or broken."""


class EmbeddedServerError(EnvaccessError):
    """The embedded Valkey could not be found, started or joined."""


class StoreError(EnvaccessError):
    """Redis could not do what was asked."""


class StoreUnavailableError(StoreError):
    """Redis was not reached or refused the write: nothing changed."""


class StoreUncertainError(StoreError):
    """The answer of Redis was lost or late: the change may have landed."""


class DirectoryError(EnvaccessError):
    """Who somebody is could not be learned from Slack in time; nothing may be allowed on it."""


class MessageError(EnvaccessError):
    """Slack did not take a message."""


class MessageRefusedError(MessageError):
    """Slack answered `ok: false`: the message certainly did not go out.

    Attributes:
        code: Slack's error code, such as `channel_not_found`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack refused the message: {code}")
        self.code = code


class MessageDelayedError(MessageError):
    """Slack answered 429: the message did not go out and may be sent again later.

    Attributes:
        seconds: how long Slack asks to wait.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:g} s")
        self.seconds = seconds


class MessageUncertainError(MessageError):
    """No answer, a late answer or HTTP 500: the message may have gone out."""


class SourceError(EnvaccessError):
    """A value could not be read from where it lives."""


class ValueMissingError(SourceError):
    """The variable has no value any more."""


class NotLeadingError(EnvaccessError):
    """Another process holds the relay's lease now, or this one stops: it is shown there."""
