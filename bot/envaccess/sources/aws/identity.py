"""Who signs: the access key that the file names, or whoever boto's chain finds."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.aws import AwsSpec
from envaccess.domain.sources.specs import Credential
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.credentials import LiveCredential

_DENIALS: Final = frozenset({
    "UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError", "ProfileNotFound",
    "InvalidConfigError", "PartialCredentialsError", "ConfigNotFound",
})  # fmt: skip
"""What boto says where somebody has to log in anew, or to mend a profile: asking again does not help."""


def _is_denied(error: Exception) -> bool:
    """Whether AWS refused to give a role's credentials, by the status of its answer."""
    answer = getattr(error, "response", None)
    said = answer.get("ResponseMetadata") if isinstance(answer, dict) else None
    return isinstance(said, dict) and said.get("HTTPStatusCode") in {400, 401, 403}


class NamedKey:
    """The key that the file names; each part is read again when its file has changed."""

    def __init__(self, spec: AwsSpec, withhold: Callable[[str], None]) -> None:
        parts = (spec.key_id, spec.secret, spec.token)
        self._parts = [LiveCredential(part or Credential(""), withhold) for part in parts]

    async def __call__(self) -> AwsCredentials:
        """It as it is now."""
        return AwsCredentials(*(part.now() for part in self._parts))


class ChainedKey:
    """Whoever boto's own chain finds: a role of the instance or pod, SSO, a profile. It renews what it found.

    Raises:
        ImportError: botocore is not installed.
    """

    def __init__(self, source: str, withhold: Callable[[str], None]) -> None:
        import botocore.session  # noqa: PLC0415 - an extra, loaded where a file asks for it

        self._source, self._withhold = source, withhold
        self._session = botocore.session.Session()
        self._found: Any = None
        self._thread = ThreadPoolExecutor(1, "aws-chain")  # of its own: one that hangs holds up nobody else

    async def __call__(self) -> AwsCredentials:
        """It as it is now; boto may ask others for it, so that a thread does.

        Raises:
            SourceFaultError: denied, where there is none; down, where whoever gives it could not be asked.
        """
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
        except Exception as error:  # noqa: BLE001 - each provider of the chain has its own
            name = type(error).__name__
            told = f"The source {self._source} has no credentials: boto's chain failed ({name})"
            fault = SourceFault.DENIED if name in _DENIALS or _is_denied(error) else SourceFault.DOWN
            raise SourceFaultError(fault, self._source, told) from None
        if found is None:
            told = f"The source {self._source} has no credentials: boto's chain found none"
            raise SourceFaultError(SourceFault.DENIED, self._source, told)
        for text in filter(None, (found.secret, found.token)):
            self._withhold(text)
        return found

    def _ask(self) -> AwsCredentials | None:
        if self._found is None:
            self._found = self._session.get_credentials()
        if self._found is None:
            return None
        now = self._found.get_frozen_credentials()
        return AwsCredentials(now.access_key, now.secret_key, now.token or "")
