"""The picture of the packages (docs/images/packages.svg) shows what the source imports now."""

import importlib.util
import types
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "images" / "make_packages.py"


def drawing() -> types.ModuleType:
    found = importlib.util.spec_from_file_location("make_packages", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_picture_of_the_packages_is_never_stale() -> None:
    """A picture that was drawn by hand is wrong after the next import."""
    made = SCRIPT.with_name("packages.svg").read_text("utf-8")
    assert made == drawing().draw(), "run: python docs/images/make_packages.py"


def test_an_arrow_that_others_imply_is_left_out_and_no_other_is() -> None:
    edges = {("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")}
    assert drawing().reduced(edges) == {("a", "b"), ("b", "c"), ("a", "d")}
