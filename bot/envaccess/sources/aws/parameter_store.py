"""AWS Systems Manager Parameter Store: values are read decrypted, and written as what they were.

Sources: the API reference's GetParameter, PutParameter, DescribeParameters; *Working with parameter
versions*. A `PutParameter` without `KeyId` puts a `SecureString` under the account's default key, so the
parameter's own is always sent. There is no compare and set: a write that comes between our look and ours is
found by its number.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from envaccess.domain.rotation import BlockedWhy, PublishConflictError, RotationBlockedError
from envaccess.domain.sources.aws_policies import ACTIONS
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.answers import malformed
from envaccess.sources.aws.places import arn_of, tried
from envaccess.sources.aws.secret_text import field_of, with_fields

_SERVICE: Final = "ssm"
_PAGES: Final = 200
"""Of 50 parameters each, or fewer: a page may be empty and not the last one."""


class ParameterStore(AwsAdapter):
    """The parameters of one account and region."""

    kind = SourceKind.AWS_SSM
    listing = ("ssm", "DescribeParameters")

    async def read(self, place: ReadPlace) -> Value:
        """The value of a parameter, decrypted, or of one field of it. Raises `SourceFaultError`."""
        text, version = await self._get(place)
        return Value(field_of(self._calls.source, text, place.options.get("field", "")), version)

    async def _get(self, place: ReadPlace) -> tuple[str, str]:
        found = (
            await self._calls.json(_SERVICE, "GetParameter", Name=_asked(place), WithDecryption=True)
        ).get("Parameter")
        if not isinstance(found, dict) or not isinstance(text := found.get("Value"), str):
            raise malformed(self._calls.source, f"{_SERVICE}:GetParameter")
        return text, _number(found)

    async def check_place(self, place: ReadPlace) -> Sequence[SourceFinding]:
        """Whether it can be read, and what is missing for that. Raises `SourceFaultError`."""
        name = place.options["parameter"]
        _, account = await self._identity()
        resource = arn_of(_SERVICE, self._calls.region, account, f"parameter/{name.lstrip('/')}")
        resource = name if name.startswith("arn:") else resource
        return await tried(self.read(place), f"{name} can be read", ACTIONS[self.kind]["read"], resource)

    async def names(self) -> Sequence[FoundSecret]:
        """Every parameter of this account. Raises `SourceFaultError`."""
        return [
            _found(one) async for one in self._described(MaxResults=50) if isinstance(one.get("Name"), str)
        ]

    async def _described(self, **asked: object) -> AsyncIterator[dict[str, Any]]:
        """What is said of parameters; a filter is applied page by page, so that the first may be empty."""
        more: dict[str, object] = {}
        for _ in range(_PAGES):
            page = await self._calls.json(_SERVICE, "DescribeParameters", **asked, **more)
            for one in _parameters(page):
                yield one
            if not isinstance(token := page.get("NextToken"), str) or not token:
                return
            more = {"NextToken": token}

    async def put(
        self,
        op: str,
        place: ReadPlace,
        text: str,
        *,
        after: str,
        fields: Mapping[str, str] | None = None,
    ) -> str:
        """Write the version after `after`; returns its number.

        Raises:
            RotationBlockedError: what the file names cannot be written.
            PublishConflictError: another version is current, or another was written in the same moment: it
                is not current any more.
            SourceFaultError: it was not written, or nobody knows.
        """
        del op  # what is there already is found by its text
        if told := _unwritable(place, fields or {}):
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, told)
        whole, version = await self._get(place)
        field = place.options.get("field", "")
        wanted = with_fields(self._calls.source, whole, {**(fields or {}), field: text}) if field else text
        if version != after:
            if field_of(self._calls.source, whole, field) == text:
                return version
            raise _conflict(place)
        kept = await self._kept(place)
        said: dict[str, object] = {
            "Name": place.options["parameter"],
            "Value": wanted,
            "Overwrite": True,
            **kept,
        }
        made = _number(await self._calls.json(_SERVICE, "PutParameter", **said))
        if made != str(int(after) + 1):
            raise _conflict(place)
        return made

    async def _kept(self, place: ReadPlace) -> dict[str, object]:
        """Type, tier and key of a parameter, which each write has to repeat."""
        name = place.options["parameter"]
        wanted = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
        listed = self._described(ParameterFilters=wanted, MaxResults=50)
        found = next(iter([one async for one in listed if one.get("Name") == name]), None)
        if found is None:
            raise malformed(self._calls.source, f"{_SERVICE}:DescribeParameters")
        return {
            key: found[key]
            for key in ("Type", "Tier", "KeyId", "DataType")
            if isinstance(found.get(key), str)
        }


def _found(said: Mapping[str, Any]) -> FoundSecret:
    """A parameter; a rule may name its ARN, and read one field of it."""
    name, arn = said["Name"], said.get("ARN")
    also = ({"parameter": arn},) if isinstance(arn, str) else ()
    return FoundSecret(name, {"parameter": name}, name.rpartition("/")[2], also=also, narrowed_by=("field",))


def _asked(place: ReadPlace) -> str:
    """The name, with the version or label that the file asks for."""
    version = place.options.get("version", "")
    return place.options["parameter"] + (f":{version}" if version else "")


def _unwritable(place: ReadPlace, fields: Mapping[str, str]) -> str:
    """Why nothing can be written there; empty where it can."""
    name = place.options["parameter"]
    if fields and not place.options.get("field"):
        return f"{name} is no JSON of which one field is read, so no second field is written."
    if place.options.get("version"):
        return f"{place.variable.label} is read from one version of {name}, which never changes."
    return f"Write the name in place of {name}, which AWS writes to by no ARN." if ":" in name else ""


def _conflict(place: ReadPlace) -> PublishConflictError:
    return PublishConflictError(f"{place.options['parameter']} was changed by somebody else meanwhile")


def _number(found: Mapping[str, Any]) -> str:
    """A version's number as text; empty where there is none."""
    version = found.get("Version")
    return str(version) if isinstance(version, int) else ""


def _parameters(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = page.get("Parameters")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
