"""Kubernetes: which cluster's Secrets, and with which service account."""

import re
from dataclasses import dataclass
from typing import Final

from envaccess.domain.sources.specs import Credential, SourceSpec

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its token and its cluster's certificates (kubernetes.io, "Access the API from a Pod")."""

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)
"""A DNS subdomain."""


def is_kubernetes_name(text: str) -> bool:
    """Whether a namespace or a secret can have this name; what is none could be another address there."""
    return _NAME.fullmatch(text) is not None


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
