"""Kubernetes' own client drives the stand-in that our adapter is tested with (CONTRIBUTING.md)."""

import asyncio
from typing import Any

import pytest

from tests.fakes.http_service import http_service
from tests.fakes.kubernetes_server import TOKEN, KubernetesStandIn, b64

client = pytest.importorskip("kubernetes.client", reason="the client `kubernetes` is not installed")


async def test_the_stand_in_is_a_cluster_to_kubernetes_own_client() -> None:
    server = KubernetesStandIn()
    server.store("payments/stripe", {"STRIPE_KEY": "value-for-tests-1"})
    async with http_service() as service:
        service.answer_with(server)
        said = client.Configuration(host=service.base)
        said.api_key = {"BearerToken": f"Bearer {TOKEN}", "authorization": f"Bearer {TOKEN}"}
        said.retries = False
        await asyncio.to_thread(_drive, client.ApiClient(said))
    assert server.secrets["payments/stripe"]["data"]["STRIPE_KEY"] == b64("value-for-tests-2")


def _drive(api: Any) -> None:
    core, review = client.CoreV1Api(api), client.AuthorizationV1Api(api)
    found = core.read_namespaced_secret("stripe", "payments")
    assert (found.data["STRIPE_KEY"], found.metadata.resource_version) == (b64("value-for-tests-1"), "101")
    for name, status in (("none", 403), ("stripe", 0)):
        assert _status(lambda name=name: core.read_namespaced_secret(name, "payments")) == status
    patch = {"metadata": {"resourceVersion": "101"}, "data": {"STRIPE_KEY": b64("value-for-tests-2")}}
    assert core.patch_namespaced_secret("stripe", "payments", patch).metadata.resource_version == "102"
    assert _status(lambda: core.patch_namespaced_secret("stripe", "payments", patch)) == 409
    asked = client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(
            resource_attributes=client.V1ResourceAttributes(
                namespace="payments", verb="get", resource="secrets", name="stripe"
            )
        )
    )
    assert review.create_self_subject_access_review(asked).status.allowed is True


def _status(call: Any) -> int:
    try:
        call()
    except client.ApiException as error:
        return int(error.status)
    return 0
