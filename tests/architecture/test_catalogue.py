"""Whether a variable exists is asked of the catalogue: who looks at a sealed value handles that value."""

import re
from pathlib import Path

import pytest

from envaccess.store.script_text import SHARED, own_text, script_names

PRODUCT = Path(__file__).parents[2] / "bot" / "envaccess"
FOR_VALUES = {"put_secret", "delete_secret", "reseal_secret", "read_secret", "adopt_secrets"}
"""Scripts that handle sealed values."""
MODULES = {"sealed.py", "adopt_secrets.py"}
"""Modules of the store that do."""
_SECRET = re.compile(r"""key\(\s*['"]secret['"]""")
_VALUE = re.compile(r"""['"]secret:|KEY\.secret|KEY\[""")


@pytest.mark.parametrize("name", [*script_names(), *SHARED])
def test_only_the_scripts_for_values_touch_a_sealed_value(name: str) -> None:
    assert bool(_SECRET.search(own_text(name))) == (name in FOR_VALUES)


@pytest.mark.parametrize("name", [*script_names(), *SHARED])
def test_no_script_spells_a_key_of_its_own(name: str) -> None:
    """Else the test above could be walked around; the one function that spells keys is in lib.lua."""
    found = _VALUE.findall(own_text(name))
    assert found == (["KEY["] if name == "lib" else [])


def test_only_the_adapters_of_values_read_one() -> None:
    using = [file for file in PRODUCT.rglob("*.py") if _SECRET.search(file.read_text("utf-8"))]
    assert {(file.parent.name, file.name) for file in using} == {("store", name) for name in MODULES}
