"""AWS Secrets Manager: values are read and written by the label of their version.

Sources: the API reference's GetSecretValue, DescribeSecret, PutSecretValue, UpdateSecretVersionStage,
ListSecrets; *What's in a Secrets Manager secret* (stages). A version is always asked for by its stage, which
moves to another one by a call of its own.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from envaccess.domain.rotation import BlockedWhy, PublishConflictError, RotationBlockedError
from envaccess.domain.sources.aws_policies import ACTIONS
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.answers import AwsFaultError, malformed
from envaccess.sources.aws.places import arn_of, tried
from envaccess.sources.aws.secret_text import field_of, with_fields

_SERVICE: Final = "secretsmanager"
CURRENT: Final = "AWSCURRENT"
_PENDING: Final = "AWSPENDING"
_NEXT: Final = "ENVACCESS_NEXT"
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

    async def check_place(self, place: ReadPlace) -> Sequence[SourceFinding]:
        """Whether it can be read, and what is missing for that. Raises `SourceFaultError`."""
        name = place.options["secret"]
        _, account = await self._identity()
        resource = arn_of(_SERVICE, self._calls.region, account, f"secret:{name}-??????")
        resource = name if name.startswith("arn:") else resource
        return await tried(self.read(place), f"{name} can be read", ACTIONS[self.kind]["read"], resource)

    async def names(self) -> Sequence[FoundSecret]:
        """Every secret that is not to be deleted. Raises `SourceFaultError`."""
        found: list[FoundSecret] = []
        more: dict[str, object] = {}
        for _ in range(_PAGES):
            page = await self._calls.json(_SERVICE, "ListSecrets", MaxResults=100, **more)
            for secret in _list(page, "SecretList"):
                name = secret.get("Name")
                if isinstance(name, str) and not secret.get("DeletedDate"):
                    found.append(_found(name, secret.get("ARN")))
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
        if pending not in {"", current}:
            raise RotationBlockedError(
                BlockedWhy.PENDING_VERSION,
                f"Another rotation of {place.options['secret']} was left unfinished: its version {pending} "
                "is AWSPENDING. Finish it, or take that label from it, then try again.",
            )
        version = await self._written(op, place, await self._whole(place, text, fields or {}))
        await self._move(place, version, after)
        return version

    async def _written(self, op: str, place: ReadPlace, whole: str) -> str:
        """The id of a new version. It has a stage of ours, which means nothing to any other rotation."""
        version = f"{hashlib.sha256(op.encode()).hexdigest()[:32]}-{secrets.token_hex(8)}"
        kind = "SecretBinary" if place.options.get("encoding") == "base64" else "SecretString"
        asked = {"SecretId": place.options["secret"], "ClientRequestToken": version, kind: whole}
        await self._calls.json(_SERVICE, "PutSecretValue", **asked, VersionStages=[_NEXT])
        return version

    async def _move(self, place: ReadPlace, version: str, after: str) -> None:
        """Move `AWSCURRENT`; where AWS refuses, look why."""
        try:
            await self._calls.json(
                _SERVICE,
                "UpdateSecretVersionStage",
                SecretId=place.options["secret"],
                VersionStage=CURRENT,
                MoveToVersionId=version,
                RemoveFromVersionId=after,
            )
        except AwsFaultError:
            current, _ = await self._stages(place)
            if current == after:
                raise
            if current != version:
                raise _conflict(place) from None

    async def _repeated(self, place: ReadPlace, current: str, text: str) -> str:
        """The version that is current, where it is what an earlier call of this operation wrote."""
        found = await self.read(place)
        if found.text != text or found.version != current:
            raise _conflict(place)
        return current

    async def _whole(self, place: ReadPlace, text: str, fields: Mapping[str, str]) -> str:
        """What the secret is to hold: the text, or its object with that field in it."""
        field = place.options.get("field", "")
        if not field and not fields:
            return text
        if not field:
            told = f"{place.options['secret']} is no JSON of which one field is read."
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, told)
        now = await self.read(ReadPlace(place.variable, place.source, {**place.options, "field": ""}))
        return with_fields(self._calls.source, now.text, {**fields, field: text})

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


def _found(name: str, arn: object) -> FoundSecret:
    """A secret; a rule may name its ARN, another stage's value is another one, and a field a part of it."""
    options = {"secret": name}
    also = ({"secret": arn},) if isinstance(arn, str) else ()
    return FoundSecret(
        name, options, name.rpartition("/")[2], {"stage": CURRENT}, also, ("field", "encoding")
    )


def _list(page: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = page.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
