"""The token with which a pipeline's platform says which run this is; nothing of it is kept or shown.

| `--identity` | where its token is |
|---|---|
| `github` | asked for at ACTIONS_ID_TOKEN_REQUEST_URL, anew each time |
| `gitlab` | in ENVACCESS_ID_TOKEN, from the job's `id_tokens:` |
| `kubernetes` | in a file that the kubelet keeps fresh |
| `file:PATH` | in another file |
| `auto` | the first of these that is there |

GitHub's way: https://docs.github.com/en/actions/reference/security/oidc; GitLab's:
https://docs.gitlab.com/ci/secrets/id_token_authentication/; that of Kubernetes:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/.
"""

import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

from envaccess.client.errors import PlatformTokenError, UnreachableError
from envaccess.client.patience import Patience
from envaccess.client.server_url import is_loopback
from envaccess.client.session import ClientSettings
from envaccess.client.transport import HttpAnswer, HttpRequest, HttpTransport
from envaccess.crypto.encoding import from_text
from envaccess.domain.programs import Platform

AUTO: Final = "auto"
KUBERNETES_FILE: Final = "/var/run/secrets/envaccess/token"
TOKEN_MAX: Final = 16_384
"""Characters that the server takes."""
_FILE: Final = "file:"
_URL: Final = "ACTIONS_ID_TOKEN_REQUEST_URL"
_BEARER: Final = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_GITLAB: Final = "ENVACCESS_ID_TOKEN"
_JWT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+", re.ASCII)
_FOUND: Final = 200
_BUSY: Final = frozenset({408, 425, 429})
_PLATFORM_FAULT: Final = 500
_PERMISSION: Final = (
    "The job may not have a token of GitHub: add `permissions: {id-token: write, contents: read}` to it. "
    "Pull requests from forks never get one."
)
_NO_GITLAB: Final = (
    f"There is no {_GITLAB}: add `id_tokens: {{{_GITLAB}: {{aud: <your ENVACCESS_URL>}}}}` to the job."
)
_NO_FILE: Final = (
    "There is no token in {path}: mount one with `projected: {{sources: [{{serviceAccountToken: {{audience: "
    "<your ENVACCESS_URL>, path: token, expirationSeconds: 3600}}}}]}}`."
)
_NO_OTHER_FILE: Final = (
    "There is no file {path}: have the platform write its token for <your ENVACCESS_URL> there, or give "
    "`--identity` another path."
)
_NONE: Final = (
    f"No pipeline's token is here: looked for GitHub's ({_URL}), GitLab's ({_GITLAB}) and that of Kubernetes "
    f"({KUBERNETES_FILE}). `--identity file:PATH` names another file."
)


@dataclass(frozen=True, slots=True)
class PlatformToken:
    """A token of a platform, which nobody here has verified.

    Attributes:
        text: the token; never shown.
        claims: what it says.
        algorithm: how it says that it is signed.
    """

    text: str = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)
    algorithm: str = ""


class TokenSource(Protocol):
    """Where a platform's token comes from."""

    @property
    def platform(self) -> Platform:
        """Whose it is."""
        ...

    def fetch(self, audience: str, patience: Patience) -> str:
        """The token for this server, as fresh as the platform has it.

        Raises:
            PlatformTokenError: there is none.
            UnreachableError: the platform does not answer.
        """
        ...


def find_source(
    identity: str, environment: Mapping[str, str], settings: ClientSettings, usual: str = KUBERNETES_FILE
) -> TokenSource:
    """Where the token of an `--identity` comes from.

    Args:
        identity: as typed.
        environment: of this process.
        settings: the proxy, to reach GitHub.
        usual: the file of Kubernetes.

    Raises:
        PlatformTokenError: no such word, or what it needs is not there.
    """
    if identity.startswith(_FILE) and identity != _FILE:
        return FileSource(Path(identity.removeprefix(_FILE)), Platform.OTHER)
    if identity == AUTO:
        identity = _present(environment, usual)
    if identity == Platform.GITHUB:
        return _github(environment, settings)
    if identity == Platform.GITLAB:
        return GitlabSource(environment.get(_GITLAB, ""))
    if identity == Platform.KUBERNETES:
        return FileSource(Path(usual), Platform.KUBERNETES)
    raise PlatformTokenError("--identity is auto, github, gitlab, kubernetes or file:PATH.")


def _present(environment: Mapping[str, str], usual: str) -> str:
    """The platform that is here: what says so in the environment goes before a file."""
    if environment.get(_URL) or environment.get("GITHUB_ACTIONS") == "true":
        return Platform.GITHUB
    if environment.get(_GITLAB) or environment.get("GITLAB_CI") == "true":
        return Platform.GITLAB
    if os.path.exists(usual):  # noqa: PTH110 - never raises
        return Platform.KUBERNETES
    raise PlatformTokenError(_NONE)


def read_token(source: TokenSource, audience: str, patience: Patience) -> PlatformToken:
    """The token for a server, where it is one, and for that server alone. Raises as `fetch`."""
    text = source.fetch(audience, patience)
    found = _JWT.fullmatch(text)
    header, claims = map(_object, found.groups()) if found and len(text) <= TOKEN_MAX else (None, None)
    if header is None or claims is None:
        raise PlatformTokenError(
            "What stands where the platform's token should be is no JWT (nor is it repeated)."
        )
    if claims.get("aud") not in (audience, [audience]):
        raise PlatformTokenError(
            f"The platform's token is not for {audience} alone, so it is sent nowhere: its audience (`aud`) "
            "must be ENVACCESS_URL as the server writes it, without a slash at its end."
        )
    return PlatformToken(text, claims, str(header.get("alg", "")))


def _object(part: str) -> dict[str, Any] | None:
    try:
        told = json.loads(from_text(part) or b"")
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


@dataclass(frozen=True, slots=True)
class GitlabSource:
    """GitLab gives one token to a job, in its environment."""

    token: str = field(repr=False)
    platform: Platform = Platform.GITLAB

    def fetch(self, audience: str, patience: Patience) -> str:  # noqa: ARG002 - it is there, or not
        """The job's token."""
        if not self.token.strip():
            raise PlatformTokenError(_NO_GITLAB)
        return self.token.strip()


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file that somebody else keeps fresh; it is read anew each time."""

    path: Path
    platform: Platform

    def fetch(self, audience: str, patience: Patience) -> str:  # noqa: ARG002 - it is there, or not
        """What the file holds now."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(file, "rb") as opened:
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    raise PlatformTokenError(f"{self.path} is no file with a token.")
                return opened.read(TOKEN_MAX + 2).decode("ascii", "replace").strip()
        except FileNotFoundError:
            words = _NO_FILE if self.platform is Platform.KUBERNETES else _NO_OTHER_FILE
            raise PlatformTokenError(words.format(path=self.path)) from None
        except OSError as error:
            raise PlatformTokenError(f"Cannot read {self.path}: {error.strerror}.") from None


class GithubSource:
    """GitHub makes a token whenever it is asked, for whatever audience.

    Args:
        url: ACTIONS_ID_TOKEN_REQUEST_URL.
        bearer: ACTIONS_ID_TOKEN_REQUEST_TOKEN; sent there alone.
        open_transport: opens connections to a server.
    """

    platform = Platform.GITHUB

    def __init__(self, url: str, bearer: str, open_transport: Callable[[str], HttpTransport]) -> None:
        parts = urlsplit(url)
        self._target = f"{parts.path or '/'}?{parts.query}{'&' if parts.query else ''}audience="
        self._bearer = bearer
        self._transport = open_transport(f"{parts.scheme}://{parts.netloc}")

    def fetch(self, audience: str, patience: Patience) -> str:
        """A new token."""
        headers = {"Authorization": f"bearer {self._bearer}", "Accept": "application/json"}
        request = HttpRequest("GET", self._target + quote(audience, safe=""), headers, limit=4 * TOKEN_MAX)
        while True:
            try:
                found = _read_github(self._transport.send(request))
            except UnreachableError as error:
                patience.bear(error)
            else:
                patience.worked()
                return found


def _github(environment: Mapping[str, str], settings: ClientSettings) -> GithubSource:
    url, bearer = environment.get(_URL, ""), environment.get(_BEARER, "")
    if not url or not bearer:
        raise PlatformTokenError(_PERMISSION)
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        known = known and (parts.scheme == "https" or is_loopback(parts.hostname or ""))
    except ValueError:
        known = False
    if not known or parts.scheme not in {"https", "http"}:
        raise PlatformTokenError(f"{_URL} is no https URL (nor is it repeated).")
    return GithubSource(url, bearer, lambda at: HttpTransport(at, settings.proxy, settings.no_proxy))


def _read_github(answer: HttpAnswer) -> str:
    if answer.status >= _PLATFORM_FAULT or answer.status in _BUSY:
        raise UnreachableError(f"GitHub gives no token now ({answer.status}).")
    if answer.status != _FOUND:
        raise PlatformTokenError(f"GitHub gives no token ({answer.status}). {_PERMISSION}")
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    value = told.get("value") if isinstance(told, dict) else None
    if not isinstance(value, str):
        raise PlatformTokenError("What answers at ACTIONS_ID_TOKEN_REQUEST_URL gives no token.")
    return value
