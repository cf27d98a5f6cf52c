"""Every fault of envaccess. A refusal is a value (`refusal.Refusal`); a fault is one of these."""


class EnvaccessError(Exception):
    """The base of all faults that envaccess raises itself; its text is one sentence fit for an operator."""


class SettingsError(EnvaccessError):
    """Settings are missing or wrong; each sentence names one and says how to mend it.

    Attributes:
        sentences: one a fault, so that all can be mended at once; its text has them on a line each.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        return "\n".join(self.sentences)


class SealError(EnvaccessError):
    """Sealing or opening failed; says no more, so that it tells an attacker nothing."""


class ProofError(EnvaccessError):
    """A proof of a key is none: not shaped as one, or its signature does not hold."""


class IssuerKeysError(EnvaccessError):
    """The keys of an issuer of tokens could not be had, and none are known that still count."""


class BoxError(EnvaccessError):
    """What was sealed to a key could not be sealed or opened; says no more, as `SealError`."""


class SealBrokenError(EnvaccessError):
    """A seal over what somebody did does not hold: nothing may be allowed, or shown, on it."""


class SealUnreadableError(SealBrokenError):
    """A seal holds, but says what this version does not understand: a later one made it."""


class SealKeyUnknownError(SealBrokenError):
    """A seal was made with a key that is not here: a roll-out of keys is under way, or one is missing."""


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


class StoreUnconfirmedError(StoreUncertainError):
    """It landed, and too few replicas have it: a failover may undo it.

    Attributes:
        answer: what came of it.
    """

    def __init__(self, answer: str | int) -> None:
        super().__init__("Too few replicas of Redis have it yet")
        self.answer = answer


class RecordRefusedError(EnvaccessError):
    """The record of one request is not what this version can wholly read, so nothing relies on it (law 14).

    Attributes:
        request: its id.
        why: a short word for operators, such as `schema` or `state`; never anything that is stored.
    """

    def __init__(self, request: str, why: str) -> None:
        super().__init__(f"The record of request {request} cannot be read by this version ({why}).")
        self.request, self.why = request, why


class SealRefusedError(RecordRefusedError):
    """The seals of one request are missing or broken, or its record says something else (law 13).

    Attributes:
        fault: what does not hold, a part of a sentence.
    """

    def __init__(self, request: str, why: str, fault: str) -> None:
        super().__init__(request, why)
        self.args = (f"The seals of request {request} do not hold: {fault}.",)
        self.fault = fault


class SessionRefusedError(SealRefusedError):
    """The seals of one login or session do not hold, so nobody is signed in by it (law 13)."""

    def __init__(self, session: str, why: str, fault: str) -> None:
        super().__init__(session, why, fault)
        self.args = (f"The seals of session {session} do not hold: {fault}.",)


class VariableRefusedError(EnvaccessError):
    """The catalogue record of one variable cannot be relied on, so there is no such variable (law 13).

    Attributes:
        variable: its name with its environment.
        why: a short word for operators, such as `seal` or `seal_key`; never anything that is stored.
        fault: what does not hold, a part of a sentence.
    """

    def __init__(self, variable: str, why: str, fault: str) -> None:
        super().__init__(f"The catalogue record of {variable} does not hold: {fault}.")
        self.variable, self.why, self.fault = variable, why, fault


class DirectoryError(EnvaccessError):
    """Who somebody is could not be learned from Slack in time; nothing may be allowed on it."""


class DirectoryRefusedError(DirectoryError):
    """Slack answered, and refused the question.

    Attributes:
        method: what was asked.
        code: Slack's error code, such as `missing_scope`.
        needed: the scope that it asks for, with that code.
    """

    def __init__(self, method: str, code: str, needed: str = "") -> None:
        lacks = f", the app lacks {needed}" if needed else ""
        super().__init__(f"Slack refused {method}: {code}{lacks}")
        self.method, self.code, self.needed = method, code, needed


class GroupRefusedError(DirectoryRefusedError):
    """Slack answered, and does not say who is in a user group; asking again mends nothing.

    Attributes:
        group: its id.
        problem: why, a part of a sentence.
        mend: what to do about it, a part of a sentence.
    """

    def __init__(self, refused: DirectoryRefusedError, group: str, problem: str, mend: str) -> None:
        super().__init__(refused.method, refused.code, refused.needed)
        told = f"Who is in the user group {group} is not known: {problem} ({refused.method}: {refused.code})"
        self.args = (f"{told}; {mend}",)
        self.group, self.problem, self.mend = group, problem, mend


class SourceError(EnvaccessError):
    """A value could not be read from where it lives."""


class ValueMissingError(SourceError):
    """The variable has no value any more."""


class BackupFileError(EnvaccessError):
    """The file of a backup cannot be written, or is not one that can be restored; nothing was changed."""


class ArchiveError(EnvaccessError):
    """The archive of closed requests could not be read or written, or holds what is not ours."""


class ReportError(EnvaccessError):
    """A report cannot be written; nothing was left that looks like one."""


class RestoreRefusedError(EnvaccessError):
    """A restore would meet what is there; nothing was changed."""


class RestoreUnfinishedError(EnvaccessError):
    """A restore ended before its end: nothing is served until one has run to its end."""


class ProjectFileError(EnvaccessError):
    """A project's file cannot be used; its text has one fault a line: file, line where it is known, mend.

    Args:
        path: of the file; what a terminal would obey in it is escaped.
        faults: the number of the line, 0 where it is not known, and a sentence with nothing of the file in it
            but names.
    """

    def __init__(self, path: str, *faults: tuple[int, str]) -> None:
        place = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in path)
        lines = [f"{place}:{line}: {told}" if line else f"{place}: {told}" for line, told in faults]
        super().__init__("\n".join(lines))
        self.faults = faults


class ProjectNotTrustedError(EnvaccessError):
    """A project's file is new or changed, and nobody has said yes to it: nothing was asked or used."""


class CommandError(EnvaccessError):
    """A command cannot be run for somebody.

    Attributes:
        exit_code: what `envaccess run` ends with; 125 where the fault is ours, as `env` and `timeout` say it.
    """

    def __init__(self, sentence: str, exit_code: int = 125) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
