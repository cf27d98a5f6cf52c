"""What tests of sources share."""

from tests.fakes.kept_over_http import kept_over_http

__all__ = ["kept_over_http"]
