"""How calls of the API are made up: the same ones in every run, and no more work than making them."""

from hypothesis import HealthCheck, Phase, settings


def made_up(examples: int) -> settings:
    """So many examples of each call."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
