"""The policy that README shows is the example, and the example is a policy."""

from pathlib import Path

from envaccess.domain.policy.book import Policy
from envaccess.policy_file.reading import read_policy

_ROOT = Path(__file__).parents[2]


def test_the_policy_in_the_readme_is_the_example_and_checks() -> None:
    readme = (_ROOT / "README.md").read_text("utf-8")
    shown = readme.partition("```yaml\n")[2].partition("```")[0]
    assert shown == (_ROOT / "examples" / "policy.yml").read_text("utf-8")
    assert isinstance(read_policy(shown, "C0APPROVERS"), Policy)
    assert len(shown.splitlines()) <= 20
