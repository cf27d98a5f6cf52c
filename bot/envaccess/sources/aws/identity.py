"""Who signs: the access key that the file names, or whoever boto's chain finds."""

import asyncio
from collections.abc import Callable
from typing import Any

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.aws import AwsSpec
from envaccess.domain.sources.specs import Credential
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.credentials import LiveCredential


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
        self._lock = asyncio.Lock()

    async def __call__(self) -> AwsCredentials:
        """It as it is now; boto may ask others for it, so that a thread does.

        Raises:
            SourceFaultError: denied, where there is none; down, where whoever gives it could not be asked.
        """
        try:
            async with self._lock:
                found = await asyncio.to_thread(self._ask)
        except Exception as error:  # noqa: BLE001 - each provider of the chain has its own
            told = (
                f"The source {self._source} has no credentials: boto's chain failed ({type(error).__name__})"
            )
            raise SourceFaultError(SourceFault.DOWN, self._source, told) from None
        if found is None:
            told = f"The source {self._source} has no credentials: boto's chain found none"
            raise SourceFaultError(SourceFault.DENIED, self._source, told)
        self._withhold(found.secret)
        return found

    def _ask(self) -> AwsCredentials | None:
        if self._found is None:
            self._found = self._session.get_credentials()
        if self._found is None:
            return None
        now = self._found.get_frozen_credentials()
        return AwsCredentials(now.access_key, now.secret_key, now.token or "")
