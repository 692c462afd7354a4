"""
``clusters/<cluster>/flux/``: a source, one Kustomization a zone, and one for this folder.

https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from collections.abc import Mapping

from edgeops.core.fleet.model import Cluster, EngineKind, Fleet, Zone
from edgeops.core.plan.duty import Duty, duty, resting
from edgeops.core.plan.flux_access import NAMESPACE, access_file
from edgeops.core.plan.manifest import KUSTOMIZATION, Body, PlannedFile, note, yaml_file
from edgeops.core.plan.names import engine_name, labels, repository_path
from edgeops.core.plan.used import ZoneUse

__all__ = ["NAMESPACE", "flux_files"]

_API = "kustomize.toolkit.fluxcd.io/v1"

_ABOUT_SELF = """\
Keeps this folder in step with git, so that after the first time every change takes effect by
push alone. It does not wait: it would wait for itself."""

_ABOUT_HUB = """\
The hub. Its objects stay when this Kustomization goes (deletionPolicy)."""

_ABOUT_EDGE = """\
A spoke. It waits for the hub to have been applied healthy once, not to be healthy now: a sick
Region must not stop an edge from being applied. Its objects stay when this Kustomization goes."""

# Set by kustomize-controller after the health checks of an apply, and kept from then on.
# https://fluxcd.io/flux/components/kustomize/kustomizations/#last-applied-revision
_APPLIED_ONCE = (
    "has(dep.status) && has(dep.status.lastAppliedRevision) && dep.status.lastAppliedRevision != ''"
)
_SYNCED = (
    "has(status.conditions) && "
    "status.conditions.exists(e, e.type == 'Synced' && e.status == 'True')"
)


def flux_files(
    fleet: Fleet,
    cluster: Cluster,
    uses: Mapping[str, ZoneUse],
    plurals: Mapping[tuple[str, str], str],
) -> list[PlannedFile]:
    """
    The files that Flux reads for *cluster*.

    Args:
        uses: what the overlay of each zone uses, by the zone's name.
        plurals: what CustomResourceDefinitions of the fleet call their kinds.
    """
    directory = f"clusters/{cluster.name}/{EngineKind.FLUX}"
    zones = [
        f"zone-{zone.name}.yaml" if not zone.is_hub else "region.yaml" for zone in cluster.zones
    ]
    body = {
        **KUSTOMIZATION,
        "resources": [
            "source.yaml",
            "self.yaml",
            *(file for name in zones for file in (f"access-{name.removeprefix('zone-')}", name)),
        ],
        "labels": [{"pairs": labels(fleet)}],
    }
    about = f"Apply once: kubectl apply -k {directory}"
    files = [
        yaml_file(f"{directory}/kustomization.yaml", about, body),
        yaml_file(f"{directory}/source.yaml", "Where Flux fetches from.", _source(fleet, cluster)),
        yaml_file(f"{directory}/self.yaml", _ABOUT_SELF, _self(fleet, cluster, directory)),
    ]
    for name, zone in zip(zones, cluster.zones, strict=True):
        text = (_ABOUT_HUB if zone.is_hub else _ABOUT_EDGE) + resting(fleet, EngineKind.FLUX)
        files.append(yaml_file(f"{directory}/{name}", text, _zone(fleet, cluster, zone)))
        path = access_path(cluster, zone)
        files.append(
            access_file(fleet, cluster, zone, path=path, use=uses[zone.name], plurals=plurals)
        )
    return files


def access_path(cluster: Cluster, zone: Zone) -> str:
    """Where the account of *zone* and its rights stand."""
    name = "region" if zone.is_hub else zone.name
    return f"clusters/{cluster.name}/{EngineKind.FLUX}/access-{name}.yaml"


def _source(fleet: Fleet, cluster: Cluster) -> Body:
    spec: Body = {
        "interval": "1m",
        "url": fleet.repository.url,
        "ref": {"branch": fleet.repository.branch},
    }
    if fleet.repository.secret_ref is not None:
        spec["secretRef"] = {"name": fleet.repository.secret_ref}
    memory = repository_path(fleet, ".edgeops/")
    spec["ignore"] = f"# what edgeops generated last time: copies, not for clusters\n/{memory}\n"
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": engine_name(fleet, cluster), "namespace": NAMESPACE},
        "spec": spec,
    }


def _kustomization(fleet: Fleet, cluster: Cluster, path: str) -> Body:
    return {
        "interval": "10m",
        "retryInterval": "2m",
        "timeout": "10m",
        "sourceRef": {"kind": "GitRepository", "name": engine_name(fleet, cluster)},
        "path": f"./{repository_path(fleet, path)}",
        # What was pruned while the fleet is handed over, the other engine could be about to apply.
        "prune": duty(fleet, EngineKind.FLUX) is Duty.WORKS,
        "deletionPolicy": "Orphan",
    }


def _self(fleet: Fleet, cluster: Cluster, directory: str) -> Body:
    return {
        "apiVersion": _API,
        "kind": "Kustomization",
        "metadata": {"name": engine_name(fleet, cluster), "namespace": NAMESPACE},
        "spec": _kustomization(fleet, cluster, directory),
    }


def _zone(fleet: Fleet, cluster: Cluster, zone: Zone) -> Body:
    spec: Body = {}
    if not zone.is_hub:
        hub = engine_name(fleet, cluster, cluster.hub)
        spec["dependsOn"] = [{"name": hub, "readyExpr": _APPLIED_ONCE}]
    if duty(fleet, EngineKind.FLUX) is Duty.RESTS:
        spec["suspend"] = True
    spec["serviceAccountName"] = engine_name(fleet, cluster, zone)
    spec |= _kustomization(fleet, cluster, zone.overlay)
    spec["wait"] = True
    if fleet.mesh.is_consul:
        spec |= note("Consul answers with the condition Synced; without it a refusal goes unseen.")
        spec["healthCheckExprs"] = [
            {"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": kind, "current": _SYNCED}
            for kind in ("ServiceDefaults", "ServiceIntentions", "ServiceResolver")
        ]
    return {
        "apiVersion": _API,
        "kind": "Kustomization",
        "metadata": {
            "name": engine_name(fleet, cluster, zone),
            "namespace": NAMESPACE,
            "labels": labels(fleet, zone),
        },
        "spec": spec,
    }
