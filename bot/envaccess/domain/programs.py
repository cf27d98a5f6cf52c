"""What is known of programs that ask: a run of a pipeline, and an agent with a session of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Platform(StrEnum):
    """Where pipelines run."""

    GITHUB = "github"
    GITLAB = "gitlab"
    KUBERNETES = "kubernetes"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """What a verified token says of the run that holds it: shown to approvers, and in receipts.

    Attributes:
        repository: its name, such as `acme/shop`; of Kubernetes the namespace and the service account.
        branch: the branch or tag; of Kubernetes the pod.
        commit: its whole hash.
        job: the workflow's file, or the job's name.
        actor: who started it, as the platform names them.
        link: the run's page; empty where the platform has none.
        restarted: which attempt of the run it is, where nobody knows who began this one; else empty.
    """

    platform: Platform
    repository: str = ""
    branch: str = ""
    commit: str = ""
    job: str = ""
    actor: str = ""
    link: str = ""
    restarted: str = ""


def pipeline_facts(run: PipelineRun) -> Mapping[str, str]:
    """The same by the names that events have for it, without what there is none of."""
    named = {"started_by" if name == "actor" else name: str(told) for name, told in asdict(run).items()}
    return {name: told for name, told in named.items() if told}


@dataclass(frozen=True, slots=True)
class MachineEntry:
    """What a token was compared with: whoever changes it in the policy wants tokens compared again.

    Attributes:
        digest: of the issuer and all that the policy said of the machine.
        actor_id: who started the run, as the platform numbers them; empty where it does not say.
    """

    digest: str
    actor_id: str = ""


@dataclass(frozen=True, slots=True)
class AgentSession:
    """What its person calls an agent, and where it runs, as its client says.

    Attributes:
        name: such as `code-review`.
    """

    name: str
    host: str = ""
