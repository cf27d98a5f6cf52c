"""Whatever a source has, the rules that are printed are YAML, hold, and find it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.templates import fill, solve
from tests.fakes.adopting import adopted

KIND = "kind: vault, address: 'https://vault.internal', auth: {token: 'env:TOKEN'}"
_SIGNS = "aAbBzZ09_-./: {}'\"#*?&\\\n\té€,[]|>!%@`~"
_TEXTS = st.one_of(
    st.sampled_from(
        ["a", "b", "A_B", "true", "null", "~", "1e3", "0x1", "2024-01-01", "<<", "=", "yes", "- a"]
    ),
    st.text(_SIGNS, max_size=8),
)


@st.composite
def found_secrets(draw: st.DrawFn) -> list[FoundSecret]:
    pairs = draw(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=8, unique=True))
    unsaid = {"field": "{name}"}
    return [FoundSecret(path, {"path": path, "field": name}, name, unsaid) for path, name in pairs]


@settings(max_examples=120, deadline=None)
@given(found_secrets())
def test_whatever_a_source_has_what_is_printed_holds_and_finds_it(found: list[FoundSecret]) -> None:
    result = adopted(KIND, found)
    placed = {variable: result.place(str(variable)) for variable in result.again.covered}
    options = [tuple(sorted({"field": one.variable.name, **one.options}.items())) for one in placed.values()]
    assert len(set(options)) == len(options), "no two names are one secret"
    assert len(options) + len(result.first.left) == len(found)


@pytest.mark.parametrize(
    ("text", "filled", "holes"),
    [
        ("a", "a", {}),
        ("a", "b", None),
        ("kv/{name}", "kv/A", {"name": "A"}),
        ("kv/{name}", "kv/", None),
        ("kv/{environment}/{name}/{name}", "kv/p/A/A", {"environment": "p", "name": "A"}),
        ("kv/{environment}/{name}/{name}", "kv/p/A/B", None),
        ("{name}-key", "A-key", {"name": "A"}),
        ("{name}-key", "A-keys", None),
        ("x{name}", "y", None),
        ("{environment}/{name}", "a/b/c", {"environment": "a", "name": "b/c"}),
        ("{user}@{name}", "", None),
    ],
)
def test_a_text_is_read_backwards(text: str, filled: str, holes: dict[str, str] | None) -> None:
    assert solve(text, filled) == holes
    if holes is not None:
        assert fill(text, holes) == filled
