"""Check an archive of the audit tree, a proof of one event, or a report; it knows nothing of the product."""

import base64
import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TILE = 256


class WrongError(Exception):
    """It does not hold, and why."""


def sha(*parts: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(b"".join(parts)).digest()


def merkle_tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, over hashes of leaves."""
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01", merkle_tree_hash(leaves[:k]), merkle_tree_hash(leaves[k:]))


def public_key(vkey: str, name: str) -> bytes:
    """The 32 bytes of a verifier key, whose log is this one or the one that it is a fork of."""
    said, _, rest = vkey.strip().partition("+")
    key = base64.b64decode(rest.partition("+")[2])
    if name != said and not re.fullmatch(re.escape(said) + r"/\d+", name):
        raise WrongError(f"the key is of {said}, the head is of {name}")
    return key[1:]


def check_note(note: str, vkeys: list[str]) -> tuple[str, int, bytes]:
    """Origin, size and root of a signed head."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    for line in signatures.splitlines():
        _, name, blob = line.split(" ")
        octets = base64.b64decode(blob)
        for vkey in vkeys:
            key = public_key(vkey, origin)
            if name == origin and octets[:4] == sha(name.encode(), b"\n\x01", key)[:4]:
                try:
                    Ed25519PublicKey.from_public_bytes(key).verify(octets[4:], text.encode())
                except InvalidSignature:
                    raise WrongError(f"the signature of {origin} is wrong") from None
                return origin, int(size), base64.b64decode(root)
    raise WrongError(f"no key that counts has signed {origin}")


def tile_file(folder: Path, level: str, index: int, size: int) -> bytes:
    """A tile or a bundle of a tree that has so many entries at this level."""
    width = min(TILE, size - index * TILE)
    groups: list[str] = []
    rest = index
    while True:
        groups.insert(0, f"{rest % 1000:03}")
        rest //= 1000
        if not rest:
            break
    path = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
    found = folder / "tile" / level / (path if width == TILE else f"{path}.p/{width}")
    if not found.is_file():
        raise WrongError(f"{found} is missing")
    if found.stat().st_size > TILE * (2 + 0xFFFF):
        raise WrongError(f"{found} is larger than any")
    return found.read_bytes()


def entries(folder: Path, size: int, first: int = 0) -> Iterator[bytes]:
    """Every line from a bundle on."""
    for index in range(first, (size + TILE - 1) // TILE):
        octets = tile_file(folder, "entries", index, size)
        for _ in range(min(TILE, size - index * TILE)):
            length = int.from_bytes(octets[:2])
            if len(octets) < 2 or len(octets) < 2 + length:
                raise WrongError(f"bundle {index} is cut off")
            yield octets[2 : 2 + length]
            octets = octets[2 + length :]
        if octets:
            raise WrongError(f"bundle {index} has bytes after its last entry")


def first_kept(checkpoint: Path) -> int:
    """Below which index events may be gone by their age, as the signed part of a head says."""
    text = checkpoint.read_text("utf-8").partition("\n\n")[0] + "\n"
    kept = re.search(r"^kept (\d+) ", text, re.MULTILINE)
    return int(kept[1]) if kept else 0


def check_fork(folder: Path, vkeys: list[str]) -> tuple[str, int]:
    """One tree of an archive."""
    origin, size, root = check_note((folder / "checkpoint").read_text("utf-8"), vkeys)
    first = first_kept(folder / "checkpoint")
    dropped = b"".join(tile_file(folder, "0", index, size) for index in range(first // TILE))
    lines = list(entries(folder, size, first // TILE))
    leaves = [dropped[at : at + 32] for at in range(0, len(dropped), 32)]
    leaves += [sha(b"\x00", line) for line in lines]
    if merkle_tree_hash(leaves) != root:
        raise WrongError(f"the lines of {origin} do not hash to the signed root")
    level, hashes = 0, leaves
    while hashes:
        for index in range((len(hashes) + TILE - 1) // TILE):
            expected = b"".join(hashes[index * TILE : (index + 1) * TILE])
            if tile_file(folder, str(level), index, len(hashes)) != expected:
                raise WrongError(f"tile {level}/{index} of {origin} is not what its entries hash to")
        full = len(hashes) // TILE
        hashes = [merkle_tree_hash(hashes[at * TILE : (at + 1) * TILE]) for at in range(full)]
        level += 1
    for number, line in enumerate(lines, first):
        event = json.loads(line)
        if json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() != line:
            raise WrongError(f"line {number} of {origin} is not canonical")
        if event.get("n", str(number)) != str(number):
            raise WrongError(f"line {number} of {origin} has the number {event['n']}")
    return origin, size


def rotated(folder: Path, vkeys: list[str]) -> list[str]:
    """The keys that follow those that count: each signed by the one before and by itself."""
    found = list(vkeys)
    for checkpoint in sorted(folder.glob("fork-*/checkpoint")):
        size = int(checkpoint.read_text("utf-8").split("\n")[1])
        for line in entries(checkpoint.parent, size, first_kept(checkpoint) // TILE):
            event = json.loads(line)
            if event.get("event") != "audit.key_rotated":
                continue
            follow(found, json.loads(event["detail"])["signed_rotation"])
    return found


def follow(found: list[str], note: str) -> None:
    """Add the key that a rotation names, where the one before has signed it too."""
    text, _, signatures = note.partition("\n\n")
    _, old, new = text.split("\n")[:3]
    if old in found and all(signed(text + "\n", signatures, key) for key in (old, new)):
        found.append(new)


def signed(text: str, signatures: str, vkey: str) -> bool:
    """Whether this key has signed a text."""
    name, _, rest = vkey.partition("+")
    key = base64.b64decode(rest.partition("+")[2])[1:]
    for line in signatures.splitlines():
        octets = base64.b64decode(line.split(" ")[2])
        if octets[:4] == sha(name.encode(), b"\n\x01", key)[:4]:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(octets[4:], text.encode())
            except InvalidSignature:
                return False
            return True
    return False


def check_archive(folder: Path, vkey: str) -> list[str]:
    """Every tree of an archive; what it found, in words."""
    vkeys = rotated(folder, [vkey.strip()])
    forks = json.loads((folder / "manifest.json").read_text("utf-8"))["forks"]
    found = [check_fork(folder / f"fork-{int(fork)}", vkeys) for fork in range(forks)]
    return [f"{origin}: {size} events" for origin, size in found]


def check_proof(proof: str, vkey: str) -> str:
    """The line that a proof proves."""
    head, _, note = proof.partition("\n\n")
    first, extra, index, *path = head.split("\n")
    if first != "c2sp.org/tlog-proof@v1" or not extra.startswith("extra ") or not index.startswith("index "):
        raise WrongError("this is no proof")
    _, size, root = check_note(note, [vkey])
    line = base64.b64decode(extra[6:])
    fn, sn, r = int(index[6:]), size - 1, sha(b"\x00", line)
    if fn > sn:
        raise WrongError("the index is after the last event")
    for p in (base64.b64decode(one) for one in path):
        if sn == 0:
            raise WrongError("the proof is too long")
        if fn & 1 or fn == sn:
            r = sha(b"\x01", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\x01", r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn or r != root:
        raise WrongError("the proof does not lead to the signed root")
    return line.decode()


def grown(begin: int, subtrees: list[bytes], leaves: list[bytes]) -> bytes:
    """The root after these leaves; the first `begin` ones are given as their perfect subtrees (RFC 6962)."""
    sizes = [1 << bit for bit in reversed(range(begin.bit_length())) if begin >> bit & 1]
    if len(sizes) != len(subtrees):
        raise WrongError("there are not as many subtrees as the first index says")
    stack = list(zip(sizes, subtrees, strict=True))
    for leaf in leaves:
        size, node = 1, leaf
        while stack and stack[-1][0] == size:
            node, size = sha(b"\x01", stack.pop()[1], node), size * 2
        stack.append((size, node))
    if not stack:
        return sha()
    root = stack.pop()[1]
    while stack:
        root = sha(b"\x01", stack.pop()[1], root)
    return root


def check_stretch(told: dict[str, Any], lines: list[bytes], vkeys: list[str]) -> None:
    """The events of a report between two heads: none is missing, and none was changed."""
    before = [base64.b64decode(one) for one in told["before"]]
    for name, leaves in (("opening", []), ("closing", [sha(b"\x00", line) for line in lines])):
        if not told[name]:
            continue
        origin, size, root = check_note(told[name]["note"], vkeys)
        if origin != told["tree"] or size != told["begin"] + len(leaves):
            raise WrongError(f"the {name} head of {told['tree']} is of another size than its events")
        if grown(told["begin"], before, leaves) != root:
            raise WrongError(f"the events of {told['tree']} do not lead to the {name} head")


def check_report(folder: Path, vkey: str) -> list[str]:
    """A report: its files, its population from head to head, its table of it, and its sample, drawn again."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, told in manifest["files"].items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != told["sha256"]:
            raise WrongError(f"{name} is not as the manifest says")
    vkeys = [vkey.strip()]
    for note in manifest["rotations"]:
        follow(vkeys, note)
    lines = (folder / "population.jsonl").read_bytes().split(b"\n")[:-1]
    with (folder / "population.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    found, at = list[str](), 0
    for told in manifest["population"]:
        count = told["end"] - told["begin"]
        check_stretch(told, lines[at : at + count], vkeys)
        for place in range(count):
            try:
                check_row(table[at + place], lines[at + place], told["begin"] + place, manifest["query"])
            except WrongError as error:
                raise WrongError(f"row {at + place + 2} of population.csv: {error}") from None
        found.append(f"{told['tree']}: events {told['begin']} to {told['end'] - 1}")
        at += count
    if at != len(lines) or at != len(table):
        raise WrongError("there are more events than between the heads")
    check_sample(folder, manifest["sample"], table)
    return found


def check_row(row: dict[str, str], line: bytes, number: int, query: dict[str, Any]) -> None:
    """A row of the table says what its line says; what a spreadsheet would compute has a quote before it."""
    event = json.loads(line)
    milliseconds = int(event["id"].partition("-")[0])
    begin, end = (datetime.fromisoformat(query[name]).timestamp() * 1000 for name in ("begin", "end"))
    expected = {
        "n": str(number),
        "id": event["id"],
        "leaf": sha(b"\x00", line).hex(),
        "in_range": "yes" if begin <= milliseconds < end else "no",
    }
    if "sha256" not in event:
        texts = {name: event.get(name, "") for name in ("event", "actor", "request", "requester")}
        expected |= texts | {"variables": event.get("variables", "").replace(",", ", ")}
    for name, text in expected.items():
        shown = "".join(letter if letter.isprintable() else " " for letter in text)
        if row[name] not in {shown, f"'{shown}"}:
            raise WrongError(f"{name} is not what was sealed")


def check_sample(folder: Path, told: dict[str, Any], table: list[dict[str, str]]) -> None:
    """Draw the sample again."""
    root = base64.b64decode(told["root"])
    drawn = sorted(
        (sha(root, bytes.fromhex(row["leaf"])), row["id"])
        for row in table
        if row["in_range"] == "yes" and row["event"] == told["event"]
    )
    with (folder / "sample.csv").open(encoding="utf-8", newline="") as file:
        shown = [row["id"] for row in csv.DictReader(file)]
    if len(drawn) != told["of"] or shown != [one for _, one in drawn[: told["drawn"]]]:
        raise WrongError("another sample is drawn from these events")


def main() -> int:
    """Print what holds."""
    target, vkey = Path(sys.argv[1]), sys.argv[2]
    try:
        if (target / "population.csv").is_file():
            found = check_report(target, vkey)
        elif target.is_dir():
            found = check_archive(target, vkey)
        else:
            found = [check_proof(target.read_text("utf-8"), vkey)]
    except (WrongError, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
