"""Which variables of a request are made for each use: whoever decides or asks is told beforehand."""

from dataclasses import replace

from envaccess.application.service_context import ServiceContext
from envaccess.domain.request import Request
from envaccess.domain.sources.places import LeasePlace


def with_leased(context: ServiceContext, request: Request) -> Request:
    """With those of which `sources.yml` says so now."""
    places = context.lease_sources.place_of
    leased = tuple(one for one in request.variables if isinstance(places(one), LeasePlace))
    return replace(request, leased=leased)
