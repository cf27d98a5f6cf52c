"""Kubernetes: which cluster's Secrets, and with which service account."""

from dataclasses import dataclass

from envaccess.domain.sources.specs import Credential, SourceSpec

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its token and its cluster's certificates (kubernetes.io, "Access the API from a Pod")."""


@dataclass(frozen=True, slots=True)
class KubernetesSpec(SourceSpec):
    """One cluster.

    Attributes:
        address: of its API server.
        token: of a service account; the kubelet writes its file anew before it expires.
        namespace: where a rule names none.
        authority: certificates that count in place of the system's (PEM).
    """

    address: str
    token: Credential
    namespace: str = "default"
    authority: str = ""
