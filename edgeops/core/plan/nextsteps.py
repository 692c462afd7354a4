"""What a person does once after ``edgeops init``: after that, pushing is enough."""

from dataclasses import dataclass
from typing import assert_never

from edgeops.core.documents import dump_yaml
from edgeops.core.fleet.model import Cluster, EngineKind, Fleet
from edgeops.core.plan.argocd import consul_health_checks


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """One thing to do: what and why, and the command or text for it."""

    title: str
    command: str | None = None
    text: str | None = None
    """YAML to put somewhere; the title says where."""


def next_steps(fleet: Fleet) -> tuple[NextStep, ...]:
    """What to do once, in order."""
    steps = [
        NextStep(title="Push, so that the engine can fetch", command="git push"),
    ]
    if fleet.builtin_app:
        steps.append(
            NextStep(
                title="Replace the example password in base/postgres-credentials.yaml "
                "(docs/guides/secrets.md)"
            )
        )
    if fleet.engine is EngineKind.ARGOCD and fleet.mesh.is_consul:
        text = dump_yaml({"data": consul_health_checks()})
        steps.append(
            NextStep(title="Teach Argo CD the health of Consul's objects: argocd-cm", text=text)
        )
    steps += [give(fleet.engine, cluster) for cluster in fleet.clusters]
    return (*steps, NextStep(title="Then compare at any time", command="edgeops drift"))


def give(engine: EngineKind, cluster: Cluster) -> NextStep:
    """What gives the folder of *cluster* to *engine*."""
    match engine:
        case EngineKind.ARGOCD:
            title = f"Give {cluster.name} to Argo CD, once"
        case EngineKind.FLUX:
            title = f"Give {cluster.name} to Flux, once"
        case _:
            assert_never(engine)
    command = (
        f"kubectl --context {cluster.engine_context} "
        f"apply --server-side -k clusters/{cluster.name}/{engine}"
    )
    return NextStep(title=title, command=command)
