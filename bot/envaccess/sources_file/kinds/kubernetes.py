"""Kubernetes: Secrets of a cluster."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from envaccess.domain.sources.kinds.kubernetes import SERVICE_ACCOUNT, KubernetesSpec, is_kubernetes_name
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart
from envaccess.sources_file.scalars import Address, Certificates, Option, Secret
from envaccess.yaml_file.scalars import TEXT, FieldError, read_text, shown

_INSIDE: Final = "https://kubernetes.default.svc"


def _read_namespace(value: object) -> str:
    text = read_text(value, "a namespace", "its name, such as `payments`")
    if not is_kubernetes_name(text):
        raise FieldError(f"{shown(text)} is no namespace", "write its name: small letters, digits and `-`")
    return text


class _KubernetesPart(SourcePart):
    """Which cluster, and with which service account."""

    address: Address = Field(
        default=_INSIDE, description="Of the API server; that of our own cluster where none is said."
    )
    token: Secret = Field(
        default=Credential("", f"{SERVICE_ACCOUNT}/token"),
        description="Of a service account; the pod's where none is said.",
    )
    ca_file: Certificates = Field(default="", description=f"In a pod: {SERVICE_ACCOUNT}/ca.crt.")
    namespace: Annotated[str, BeforeValidator(_read_namespace), WithJsonSchema(TEXT)] = Field(
        default="default", description="Where a rule names none."
    )

    def spec(self, name: str) -> KubernetesSpec:
        """What its adapter is given."""
        return KubernetesSpec(
            name, SourceKind.KUBERNETES, self.address, self.token, self.namespace, self.ca_file
        )


class _KubernetesReadOptions(OptionsPart):
    """Which key of which secret."""

    secret: Option = Field(description="The name of the Secret.")
    key: Option = Field(default="", description="Within it; the variable's name where none is said.")
    namespace: Option = Field(default="", description="The source's where none is said.")


KIND = Kind(_KubernetesPart, read=_KubernetesReadOptions, writes=True)
