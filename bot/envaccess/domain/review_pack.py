"""The pack of an access review: all that was looked at and said, as files that can be made anew."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from envaccess.domain.access_review import AccessReview, Verdict
from envaccess.domain.audit import rfc3339
from envaccess.domain.cells import inert

ITEMS: Final = "items.csv"
DECISIONS: Final = "decisions.csv"
PATCH: Final = "patch.yml"
MANIFEST: Final = "manifest.json"
NOT_REVIEWED: Final = "not reviewed"
_ITEM_COLUMNS: Final = (
    "item", "kind", "rule", "who", "about", "via", "variables", "request", "at", "until", "seconds", "less",
    "also",
)  # fmt: skip
_DECISION_COLUMNS: Final = ("item", "verdict", "by", "at", "reason")


def make_pack(review: AccessReview, closed_by: str, closed_at: int, patch: str) -> Mapping[str, str]:
    """The files by their names, the manifest with their hashes last.

    Args:
        review: as it was when it was closed.
        closed_by: the text of the actor who closes it.
        closed_at: when, milliseconds since the epoch.
        patch: what follows for the policy.
    """
    files = {
        ITEMS: _table(_ITEM_COLUMNS, _items(review)),
        DECISIONS: _table(_DECISION_COLUMNS, _decisions(review)),
        PATCH: patch,
    }
    counts = {str(verdict): review.count(verdict) for verdict in Verdict}
    manifest = {
        "review": review.id,
        "what": review.what,
        "started": {"by": review.by, "at": rfc3339(review.opened_at), "until": rfc3339(review.until)},
        "closed": {"by": closed_by, "at": rfc3339(closed_at)},
        "reviewers": list(review.reviewers) or "the policy's security people",
        "policy": review.policy,
        "tree": {"size": review.size, "root": review.root},
        "sample": "the grants with the least SHA-256(root || id)",
        "items": len(review.items),
        "counts": counts | {NOT_REVIEWED: len(review.unjudged)},
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    return files | {MANIFEST: json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"}


def pack_hash(files: Mapping[str, str]) -> str:
    """SHA-256 of the manifest, hexadecimal: what the event `review.closed` says."""
    return hashlib.sha256(files[MANIFEST].encode()).hexdigest()


def _items(review: AccessReview) -> Iterable[Sequence[str]]:
    for item in review.items:
        times = [rfc3339(moment) if moment else "" for moment in (item.at, item.until)]
        yield (
            item.id, str(item.kind), item.rule, item.who, ",".join(item.about), ",".join(item.via),
            ",".join(item.variables), item.request, *times, str(item.seconds or ""), item.less,
            ",".join(item.also),
        )  # fmt: skip


def _decisions(review: AccessReview) -> Iterable[Sequence[str]]:
    for item in review.items:
        said = review.judgements.get(item.id)
        if said is None:
            yield (item.id, NOT_REVIEWED, "", "", "")
        else:
            yield (item.id, str(said.verdict), said.by, rfc3339(said.at), said.why)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    written = _Written()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([*map(inert, row)] for row in rows)
    return "".join(written)


class _Written(list[str]):
    """What a CSV writer has written."""

    write = list.append
