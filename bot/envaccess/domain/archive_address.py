"""Where the archive of closed requests is, by the words of ENVACCESS_ARCHIVE alone: a folder, or a bucket.

/var/lib/envaccess/archive
s3://bucket/prefix?region=eu-central-1&endpoint=https://minio.example.com:9000
"""

from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from envaccess.domain.hosts import is_loopback

_SCHEME: Final = "s3://"
_OFF: Final = "off"
_OPTIONS: Final = frozenset({"region", "endpoint"})
_BUCKET: Final = frozenset(ascii_lowercase + digits + ".-")
_PREFIX: Final = frozenset(ascii_lowercase + ascii_lowercase.upper() + digits + "._-/")
_REGION: Final = frozenset(ascii_lowercase + digits + "-")
_BUCKET_LEAST: Final = 3
_BUCKET_MOST: Final = 63


@dataclass(frozen=True, slots=True)
class ArchiveAddress:
    """What an address of the archive says.

    Attributes:
        folder: its path as it was written; empty for a bucket, and where there is none.
        bucket: its name; empty for a folder.
        prefix: what names of objects begin with, without a slash at its end.
        region: of the bucket; empty: that of whoever signs.
        endpoint: of another server that speaks S3; empty: AWS.
    """

    folder: str = ""
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    endpoint: str = ""

    @property
    def is_off(self) -> bool:
        """Whether nothing is archived."""
        return not (self.folder or self.bucket)


def read_archive_address(text: str) -> ArchiveAddress | None:
    """What a text says; None where it is no address."""
    if text == _OFF:
        return ArchiveAddress()
    if not text.startswith(_SCHEME):
        return ArchiveAddress(folder=text) if text.startswith(("/", "~/")) else None
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        return None
    prefix = parts.path.strip("/")
    found = ArchiveAddress(
        "", parts.netloc, prefix, options.get("region", ""), options.get("endpoint", "").rstrip("/")
    )
    sound = not (options.keys() - _OPTIONS or parts.fragment or ".." in prefix or "//" in prefix)
    return found if sound and _is_bucket(found) and _is_reached(found.endpoint) else None


def _is_bucket(found: ArchiveAddress) -> bool:
    named = set(found.bucket) <= _BUCKET and _BUCKET_LEAST <= len(found.bucket) <= _BUCKET_MOST
    return named and set(found.prefix) <= _PREFIX and set(found.region) <= _REGION


def _is_reached(endpoint: str) -> bool:
    """Whether nobody on the way reads or forges what is said to it."""
    if not endpoint:
        return True
    try:
        parts = urlsplit(endpoint)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    return safe and usable and not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
