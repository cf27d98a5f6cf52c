"""The shape of `rotate`: who makes the new value, when, and how long the old one lives on."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, WithJsonSchema

from envaccess.domain.sources.rotation_rule import RotationRule, RotationWhen, RotatorKind
from envaccess.domain.sources.templates import holes_in
from envaccess.sources_file.scalars import (
    Option,
    SourceName,
    WebhookSecret,
    check_login,
    read_address,
    template,
)
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import (
    TEXT,
    TEXTS,
    FieldError,
    Flag,
    Seconds,
    count,
    numbers,
    one_of,
)

_GRACE: Final = 1_800
_WAIT: Final = 86_400
_TIMEOUT: Final = 600
_WORDS_MOST: Final = 30
_TWO: Final = 2


def _list(value: object, what: str, example: str) -> list[object]:
    if not isinstance(value, list) or not value:
        raise FieldError(f"no list of {what} stands here", f"write {example}")
    return value


def _run(value: object) -> tuple[str, ...]:
    example = "the words of the command, such as `[/usr/local/bin/rotate, '{name}']`"
    words = _list(value, "words", example)
    if len(words) > _WORDS_MOST:
        raise FieldError("these are too many words", f"write at most {_WORDS_MOST}")
    read = template()
    found = tuple(read(word) for word in words)
    if not found[0].startswith("/") or holes_in(found[0]):
        raise FieldError("the command is no whole path", "begin with its path from / on, without `{...}`")
    return found


def _roles(value: object) -> tuple[str, ...]:
    example = "the two roles that take turns, such as `[app_a, app_b]`"
    read = template()
    found = tuple(read(role) for role in _list(value, "roles", example))
    if len(set(found)) != _TWO or len(found) != _TWO:
        raise FieldError("these are not two roles", f"write {example}")
    return found


def _seen_by(value: object) -> int:
    return count(1, 1_000)(value)


class WhenPart(Part):
    """What makes a rotation due."""

    grant_end: Flag = Field(default=False, description="When a grant ends of which somebody saw the value.")
    seen_by: Annotated[int, BeforeValidator(_seen_by), WithJsonSchema(numbers(1, 1_000))] = Field(
        0, description="As soon as so many people have seen the current value."
    )
    age: Seconds = Field(0, description="When the current value is so old.")
    leaver: Flag = Field(default=False, description="When somebody who saw it leaves the workspace.")


class RotatePart(Part):
    """How a value is rotated."""

    by: Annotated[str, BeforeValidator(one_of(*RotatorKind)), WithJsonSchema({"enum": list(RotatorKind)})] = (
        Field(alias="with", description="Who makes the new value; owner: a task in Slack for a person.")
    )
    when: WhenPart = Field(default_factory=WhenPart, description="What makes it due; unless said: on demand.")
    url: Annotated[str, BeforeValidator(template("user", "password")), WithJsonSchema(TEXT)] = Field(
        "", description="Of the webhook; with postgres: the new value, with {user} and {password}."
    )
    secret: WebhookSecret | None = Field(None, description="What signs the webhook's body: env: or file:.")
    run: Annotated[tuple[str, ...], BeforeValidator(_run), WithJsonSchema(TEXTS)] = Field(
        (), description="The command's words; it is given the operation's id, never a value."
    )
    source: SourceName = Field("", description="Where the new value is made: a source of that kind.")
    roles: Annotated[tuple[str, ...], BeforeValidator(_roles), WithJsonSchema(TEXTS)] = Field(
        (), description="The two roles of PostgreSQL that take turns."
    )
    user: Option = Field("", description="The user of AWS whose keys are rotated.")
    key_id_field: Option = Field(
        "", description="Where the value is the secret part alone: the field of the key's id."
    )
    grace: Seconds = Field(_GRACE, description="How long the old value lives on; 30m unless said.")
    wait: Seconds = Field(_WAIT, description="How long other grants of it are waited for; 1d unless said.")
    timeout: Seconds = Field(_TIMEOUT, description="Until when the source must show it; 10m unless said.")

    def rule(self) -> RotationRule:
        """The rule.

        Raises:
            FieldError: a field is missing, or belongs to another kind.
        """
        kind = RotatorKind(self.by)
        _check_fields(kind, self)
        return RotationRule(
            by=kind,
            when=RotationWhen(**dict(self.when)),
            url=self.url,
            secret=self.secret,
            run=self.run,
            source=self.source,
            roles=self.roles,
            user=self.user,
            key_id_field=self.key_id_field,
            grace=self.grace,
            wait=self.wait,
            timeout=self.timeout,
        )


_OF_KIND: Final[Mapping[RotatorKind, tuple[str, ...]]] = {
    RotatorKind.WEBHOOK: ("url", "secret"),
    RotatorKind.COMMAND: ("run",),
    RotatorKind.POSTGRES: ("source", "roles", "url"),
    RotatorKind.AWS_IAM: ("source", "user"),
    RotatorKind.OWNER: (),
}
"""The fields that a kind needs, and that the others do not have."""


def _check_fields(kind: RotatorKind, part: RotatePart) -> None:
    needed = _OF_KIND[kind]
    said = [name for name in ("url", "secret", "run", "source", "roles", "user") if getattr(part, name)]
    if missing := [f"`{name}`" for name in needed if name not in said]:
        listed = ", ".join(f"{name[:-1]}: ...`" for name in missing)
        raise FieldError(f"`with: {kind}` needs {' and '.join(missing)}", f"write {listed}")
    if more := [f"`{name}`" for name in said if name not in needed]:
        known = ", ".join(needed) or "none of these"
        verb = "mean" if len(more) > 1 else "means"
        raise FieldError(
            f"{' and '.join(more)} {verb} nothing with `{kind}`", f"leave it out; it has {known}"
        )
    if part.key_id_field and kind is not RotatorKind.AWS_IAM:
        raise FieldError(f"`key_id_field` means nothing with `{kind}`", "leave it out")
    if check := _CHECKS.get(kind):
        check(part)


def _check_webhook(part: RotatePart) -> None:
    holes = set(holes_in(part.url))
    if holes & {"user", "password"}:
        raise FieldError("the webhook is never sent a value", "leave `{user}` and `{password}` out of `url`")
    plain = part.url.replace("{name}", "x").replace("{environment}", "x")
    read_address(plain)
    if holes_in(urlsplit(part.url).netloc):
        raise FieldError("the webhook's host depends on the variable", "write the host in full")


def _check_postgres(part: RotatePart) -> None:
    check_login(part.url)


_CHECKS: Final[Mapping[RotatorKind, Callable[[RotatePart], None]]] = {
    RotatorKind.WEBHOOK: _check_webhook,
    RotatorKind.POSTGRES: _check_postgres,
}
