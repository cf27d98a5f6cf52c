"""Draw docs/images/packages.svg: the packages of bot/, and which imports which, read from the source.

    python docs/images/make_packages.py

Rows are the layers that import-linter holds (pyproject.toml). Within the product an arrow is left out where
others together say the same: with A -> B -> C, A -> C is not drawn. What others import of it is one
dashed arrow.

"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).with_name("packages.svg")
PRODUCT = "envaccess"
OTHERS = ("envaccess_demo", "slack_emulator")
WIDTH, HEIGHT, GAP, ROW, MARGIN = 134, 34, 12, 92, 24
STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1d1c1d}.note{font-size:12px;fill:#616061}"
    "rect{fill:#fff;stroke:#4a154b;stroke-width:1.5}.other{stroke:#1264a3}.product{fill:#faf7fb;stroke:#d8c8da}"
    "path{fill:none;stroke:#868686;stroke-width:1.2}"
)
ROLE = 'role="img" aria-label="The packages of bot/, and which imports which"'
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    ' orient="auto">'
    '<path d="M0 0L8 4L0 8" style="fill:#868686"/></marker></defs>'
)

Edges = set[tuple[str, str]]
Place = tuple[float, float]


def layers() -> list[list[str]]:
    """The product's packages, a row a layer, from the top."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contract = next(found for found in linter["contracts"] if found["type"] == "layers")
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def package(module: str) -> str:
    """The box that a module belongs to; empty for one of nobody's here, and for the product's own version."""
    top, _, rest = module.partition(".")
    if top in OTHERS:
        return top
    return rest.partition(".")[0] if top == PRODUCT else ""


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def edges(boxes: set[str]) -> Edges:
    """Which package imports which."""
    found: Edges = set()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        source = package(".".join(path.relative_to(ROOT / "bot").with_suffix("").parts))
        found |= {(source, package(module)) for module in imports(path)}
    return {(source, target) for source, target in found if source != target and {source, target} <= boxes}


def reduced(found: Edges) -> Edges:
    """The product's own edges, without what others together say."""
    found = {edge for edge in found if not set(edge) & set(OTHERS)}
    return {edge for edge in found if not _reaches(*edge, found - {edge})}


def _reaches(source: str, target: str, found: Edges) -> bool:
    reached = {source}
    while more := {end for begin, end in found if begin in reached} - reached:
        reached |= more
    return target in reached


def places(rows: list[list[str]]) -> dict[str, Place]:
    """The upper left corner of each box: the product's rows centred, the two others to their right."""
    across = max(len(row) for row in rows) * (WIDTH + GAP)
    found = {
        name: (MARGIN + (across - len(row) * (WIDTH + GAP)) / 2 + index * (WIDTH + GAP), 40 + level * ROW)
        for level, row in enumerate(rows)
        for index, name in enumerate(row)
    }
    right = MARGIN + across + 2 * GAP
    return found | {OTHERS[0]: (right, 40.0 + ROW), OTHERS[1]: (right, 40.0 + 3 * ROW)}


def _box(name: str, at: Place) -> str:
    kind = ' class="other"' if name in OTHERS else ""
    x, y = at
    return (
        f'<rect{kind} x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + 22:g}" text-anchor="middle">{name}</text>'
    )


def _across(begin: float, end: float, y: float, kind: str = "") -> str:
    return f'<path{kind} marker-end="url(#tip)" d="M{begin:g} {y:g}L{end:g} {y:g}"/>'


def _outside(found: Edges, at: dict[str, Place], border: float) -> Iterator[str]:
    """The arrows of what is not the product: into it, out of it, and between the two."""
    for name in OTHERS:
        x, y = at[name]
        if any(source == name and target not in OTHERS for source, target in found):
            yield _across(x, border, y + 24, ' stroke-dasharray="5 4"')
        for user in sorted(source for source, target in found if target == name and source not in OTHERS):
            yield _across(at[user][0] + WIDTH, x, y + 10)
    yield from (
        _arrow(at[source], at[target]) for source, target in sorted(found) if {source, target} == set(OTHERS)
    )


def _arrow(source: Place, target: Place) -> str:
    begin, end = source[0] + WIDTH / 2, target[0] + WIDTH / 2
    top, bottom = source[1] + HEIGHT, target[1]
    middle = (top + bottom) / 2
    curve = f"M{begin:g} {top:g}C{begin:g} {middle:g} {end:g} {middle:g} {end:g} {bottom:g}"
    return f'<path marker-end="url(#tip)" d="{curve}"/>'


def _frame(border: float, width: float, height: float) -> list[str]:
    return [
        f'<rect x="0" y="0" width="{width:g}" height="{height:g}" style="fill:#fff;stroke:none"/>',
        f'<rect class="product" x="8" y="8" width="{border - 8:g}" height="{height - 16:g}" rx="10"/>',
        '<text class="note" x="20" y="28">bot/envaccess: imports go down only</text>',
    ]


def draw() -> str:
    """The picture, as SVG."""
    rows = layers()
    at = places(rows)
    found = edges(set(at))
    right = at[OTHERS[0]][0]
    border, width, height = right - 2 * GAP, right + WIDTH + MARGIN, 40 + len(rows) * ROW
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" {ROLE}>',
            f"<style>{STYLE}</style>{TIP}",
            *_frame(border, width, height),
            *(_arrow(at[source], at[target]) for source, target in sorted(reduced(found))),
            *_outside(found, at, border),
            *(_box(name, place) for name, place in at.items()),
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
