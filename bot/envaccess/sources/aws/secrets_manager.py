"""AWS Secrets Manager: values are read and written by the label of their version.

Sources: the API reference's GetSecretValue, DescribeSecret, PutSecretValue, UpdateSecretVersionStage,
ListSecrets; *What's in a Secrets Manager secret* (stages). A version is always asked for by its stage, which
moves to another one by a call of its own.
"""

import base64
import binascii
import contextlib
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from envaccess.domain.rotation import BlockedWhy, PublishConflictError, RotationBlockedError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.answers import malformed
from envaccess.sources.aws.secret_text import field_of, with_fields

_SERVICE: Final = "secretsmanager"
CURRENT: Final = "AWSCURRENT"
_PENDING: Final = "AWSPENDING"
_PAGES: Final = 100
"""Of 100 secrets each."""


class SecretsManager(AwsAdapter):
    """The secrets of one account and region."""

    kind = SourceKind.AWS_SECRETS_MANAGER
    listing = ("secretsmanager", "ListSecrets")

    async def read(self, place: ReadPlace) -> Value:
        """The value of a secret's version, or of one field of it. Raises `SourceFaultError`."""
        asked = {"SecretId": place.options["secret"], "VersionStage": place.options.get("stage") or CURRENT}
        found = await self._calls.json(_SERVICE, "GetSecretValue", **asked)
        text = self._text(found, place)
        return Value(field_of(self._calls.source, text, place.options.get("field", "")), _version(found))

    def _text(self, found: Mapping[str, Any], place: ReadPlace) -> str:
        """The text of an answer; bytes are UTF-8, or stay in base64 where the file says so."""
        if isinstance(text := found.get("SecretString"), str):
            return text
        if not isinstance(encoded := found.get("SecretBinary"), str):
            raise malformed(self._calls.source, f"{_SERVICE}:GetSecretValue")
        if place.options.get("encoding") == "base64":
            return encoded
        try:
            return base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            told = f"A secret of {self._calls.source} is no text: 'encoding: base64' reads it"
            raise SourceFaultError(SourceFault.MALFORMED, self._calls.source, told) from None

    async def names(self) -> Sequence[FoundSecret]:
        """Every secret that is not to be deleted. Raises `SourceFaultError`."""
        found: list[FoundSecret] = []
        more: dict[str, object] = {}
        for _ in range(_PAGES):
            page = await self._calls.json(_SERVICE, "ListSecrets", MaxResults=100, **more)
            for secret in _list(page, "SecretList"):
                name = secret.get("Name")
                if isinstance(name, str) and not secret.get("DeletedDate"):
                    found.append(FoundSecret(name, {"secret": name}, name.rpartition("/")[2]))
            if not isinstance(token := page.get("NextToken"), str):
                break
            more = {"NextToken": token}
        return found

    async def put(
        self,
        op: str,
        place: ReadPlace,
        text: str,
        *,
        after: str,
        fields: Mapping[str, str] | None = None,
    ) -> str:
        """Write a version and move `AWSCURRENT` to it, if that is still at `after`; returns its id.

        The move itself names the version that has the label, and AWS refuses it where another one has.

        Raises:
            PublishConflictError: another version is current.
            RotationBlockedError: another rotation left a version behind.
            SourceFaultError: it was not written, or nobody knows.
        """
        current, pending = await self._stages(place)
        if current != after:
            return await self._repeated(place, current, text)
        whole = await self._whole(place, text, fields or {})
        mine = hashlib.sha256(f"{op}\n{place.variable}".encode()).hexdigest()[:32]
        if pending and pending != current and not pending.startswith(mine):
            raise RotationBlockedError(
                BlockedWhy.PENDING_VERSION,
                f"Another rotation of {place.options['secret']} was left unfinished: its version {pending} "
                "is AWSPENDING. Finish it, or take that label from it, then try again.",
            )
        version = f"{mine}-{secrets.token_hex(8)}"
        kind = "SecretBinary" if place.options.get("encoding") == "base64" else "SecretString"
        asked = {
            "SecretId": place.options["secret"],
            "ClientRequestToken": version,
            "VersionStages": [_PENDING],
        }
        await self._calls.json(_SERVICE, "PutSecretValue", **asked, **{kind: whole})
        await self._move(place, version, after)
        return version

    async def _move(self, place: ReadPlace, version: str, after: str) -> None:
        try:
            await self._label(place, CURRENT, MoveToVersionId=version, RemoveFromVersionId=after)
        except SourceFaultError as error:
            if error.fault is not SourceFault.MALFORMED:
                raise
            # InvalidParameterException: another version has the label. Ours must block no later rotation.
            with contextlib.suppress(SourceFaultError):
                await self._label(place, _PENDING, RemoveFromVersionId=version)
            raise _conflict(place) from None

    async def _label(self, place: ReadPlace, stage: str, **versions: str) -> None:
        asked = {"SecretId": place.options["secret"], "VersionStage": stage, **versions}
        await self._calls.json(_SERVICE, "UpdateSecretVersionStage", **asked)

    async def _repeated(self, place: ReadPlace, current: str, text: str) -> str:
        """The version that is current, where it is what an earlier call of this operation wrote."""
        found = await self.read(place)
        if found.text != text or found.version != current:
            raise _conflict(place)
        return current

    async def _whole(self, place: ReadPlace, text: str, fields: Mapping[str, str]) -> str:
        """What the secret is to hold: the text, or its object with that field in it."""
        field = place.options.get("field", "")
        written = {**fields, **({field: text} if field else {})}
        if not written:
            return text
        now = await self.read(ReadPlace(place.variable, place.source, {**place.options, "field": ""}))
        return with_fields(self._calls.source, now.text, written)

    async def _stages(self, place: ReadPlace) -> tuple[str, str]:
        """The ids of the versions that are current and pending; empty where there is none."""
        if place.options.get("stage", CURRENT) != CURRENT:
            told = f"{place.variable.label} is read from another stage than AWSCURRENT."
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, told)
        found = await self._calls.json(_SERVICE, "DescribeSecret", SecretId=place.options["secret"])
        by_version = found.get("VersionIdsToStages")
        if not isinstance(by_version, dict):
            raise malformed(self._calls.source, f"{_SERVICE}:DescribeSecret")
        of = {stage: version for version, stages in by_version.items() for stage in stages}
        return of.get(CURRENT, ""), of.get(_PENDING, "")


def _conflict(place: ReadPlace) -> PublishConflictError:
    told = f"{place.options['secret']} was changed by somebody else meanwhile; nothing was written"
    return PublishConflictError(told)


def _version(found: Mapping[str, Any]) -> str:
    version = found.get("VersionId")
    return version if isinstance(version, str) else ""


def _list(page: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = page.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
