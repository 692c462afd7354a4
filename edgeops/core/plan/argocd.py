"""
``clusters/<cluster>/argocd/``: a project, an ApplicationSet, and an Application for both.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from edgeops.core.fleet.model import Cluster, EngineKind, Fleet, Zone
from edgeops.core.objects import group_of
from edgeops.core.plan.directory import kinds as app_kinds
from edgeops.core.plan.duty import Duty, duty, engines, resting
from edgeops.core.plan.manifest import KUSTOMIZATION, Body, PlannedFile, note, yaml_file
from edgeops.core.plan.names import PART_OF, ZONE, engine_name, labels, repository_path
from edgeops.core.plan.used import Used

NAMESPACE = "argocd"
_API = "argoproj.io/v1alpha1"
_IN_CLUSTER = {"server": "https://kubernetes.default.svc"}

_ABOUT_PROJECT = """\
The least that the cluster's zones need: this repository, their namespaces, the kinds that
are in the overlays. The last destination and the last kinds are for the Application that keeps
this folder in step; whoever may push to it may change what stands here."""

_ABOUT_SET = """\
One Application for each overlays/<cluster>/*/zone.yaml: a new zone is a new folder.
create-update and preserveResourcesOnDeletion: nothing that runs is deleted because a folder,
or git for a moment, is not there. No RollingSync: it would switch automated sync off."""

_ABOUT_SELF = """\
Keeps this folder in step with git, so that after the first time every change takes effect by
push alone. It prunes nothing."""


def argocd_files(
    fleet: Fleet, cluster: Cluster, overlays: Iterable[PlannedFile], used: Used | None = None
) -> list[PlannedFile]:
    """
    The files that Argo CD reads for *cluster*.

    *overlays* are the planned files that make the cluster's objects, base included; *used* is
    what there is once people's own additions count, where that is known.
    """
    used = used or _planned(cluster, overlays)
    directory = f"clusters/{cluster.name}/{EngineKind.ARGOCD}"
    own = app_kinds(fleet.directory_app) - {("", "Namespace")}
    used = replace(used, kinds=tuple(sorted({*used.kinds, *own})))
    body = {
        **KUSTOMIZATION,
        "resources": ["project.yaml", "applicationset.yaml", "application.yaml"],
        "labels": [{"pairs": labels(fleet)}],
    }
    about = f"Apply once: kubectl apply -k {directory}"
    about_set = f"{_ABOUT_SET}{resting(fleet, EngineKind.ARGOCD)}"
    return [
        yaml_file(f"{directory}/kustomization.yaml", about, body),
        yaml_file(f"{directory}/project.yaml", _ABOUT_PROJECT, _project(fleet, cluster, used)),
        yaml_file(f"{directory}/applicationset.yaml", about_set, _set(fleet, cluster)),
        yaml_file(f"{directory}/application.yaml", _ABOUT_SELF, _self(fleet, cluster)),
    ]


def kinds(files: Iterable[PlannedFile]) -> list[tuple[str, str]]:
    """The groups and kinds of namespaced objects that overlays made of *files* render, sorted."""
    found: set[tuple[str, str]] = set()
    for file in files:
        name = file.path.rpartition("/")[2]
        if name == "zone.yaml":
            continue
        for document in file.documents:
            if name == "kustomization.yaml":
                if "configMapGenerator" in document:
                    found.add(("", "ConfigMap"))
            else:
                found.add((group_of(document["apiVersion"]), document["kind"]))
    return sorted(found - {("", "Namespace")})


def _planned(cluster: Cluster, overlays: Iterable[PlannedFile]) -> Used:
    return Used(
        kinds=tuple(kinds(overlays)),
        cluster_objects=tuple(("", "Namespace", zone.namespace) for zone in cluster.zones),
    )


def _destination(cluster: Cluster) -> dict[str, str]:
    if cluster.destination.name is not None:
        return {"name": cluster.destination.name}
    if cluster.destination.server is not None:
        return {"server": cluster.destination.server}
    return dict(_IN_CLUSTER)


def _project(fleet: Fleet, cluster: Cluster, used: Used) -> Body:
    destination = _destination(cluster)
    own_spaces = [zone.namespace for zone in cluster.zones]
    others = [space for space in used.namespaces if space not in own_spaces]
    own_objects = [("", "Namespace", space) for space in own_spaces]
    more = [entry for entry in used.cluster_objects if entry not in own_objects]
    name = engine_name(fleet, cluster)
    own = [("argoproj.io", kind) for kind in ("AppProject", "Application", "ApplicationSet")]
    return {
        "apiVersion": _API,
        "kind": "AppProject",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "description": f"Edge zones of {cluster.name}, made by edgeops",
            "sourceRepos": [fleet.repository.url],
            "destinations": [
                *({**destination, "namespace": space} for space in (*own_spaces, *others)),
                {**_IN_CLUSTER, "namespace": NAMESPACE},
            ],
            "clusterResourceWhitelist": [
                {"group": group, "kind": kind, "name": called}
                for group, kind, called in (*own_objects, *more)
            ],
            "namespaceResourceWhitelist": [
                {"group": group, "kind": kind} for group, kind in [*used.kinds, *own]
            ],
        },
    }


def _source(fleet: Fleet, path: str) -> dict[str, str]:
    return {
        "repoURL": fleet.repository.url,
        "targetRevision": fleet.repository.branch,
        "path": path,
    }


def _sync_policy(*, prune: bool, automated: bool = True) -> Body:
    return {
        "automated": {
            "enabled": automated,
            "prune": prune,
            "selfHeal": automated,
            "allowEmpty": False,
        },
        "syncOptions": ["ServerSideApply=true", "FailOnSharedResource=true"],
        "retry": {
            "limit": 10,
            # With the newest commit, not the one that failed first.
            "refresh": True,
            "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"},
        },
    }


def _template(
    fleet: Fleet, cluster: Cluster, *, zone: str, namespace: str, path: str
) -> dict[str, Any]:
    """The Application of a zone; the ApplicationSet's template where placeholders are given."""
    rests = duty(fleet, EngineKind.ARGOCD) is Duty.RESTS
    watched = ";".join(f"/{repository_path(fleet, path)}" for path in ("base", *fleet.trees))
    return {
        "metadata": {
            "name": f"{engine_name(fleet, cluster)}-{zone}",
            "labels": {PART_OF: fleet.name, ZONE: zone},
            "annotations": {
                "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
                "argocd.argoproj.io/manifest-generate-paths": f".;{watched}",
            },
        },
        "spec": {
            "project": engine_name(fleet, cluster),
            "source": _source(fleet, path),
            "destination": {**_destination(cluster), "namespace": namespace},
            "syncPolicy": _sync_policy(prune=not rests, automated=not rests),
        },
    }


def _set(fleet: Fleet, cluster: Cluster) -> Body:
    files = repository_path(fleet, f"overlays/{cluster.name}/*/zone.yaml")
    generator = {
        "repoURL": fleet.repository.url,
        "revision": fleet.repository.branch,
        "files": [{"path": files}],
    }
    template = _template(
        fleet,
        cluster,
        zone="{{ .data.zone }}",
        namespace="{{ .data.namespace }}",
        path="{{ .path.path }}",
    )
    return {
        "apiVersion": _API,
        "kind": "ApplicationSet",
        "metadata": {"name": engine_name(fleet, cluster), "namespace": NAMESPACE},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"git": generator}],
            "syncPolicy": {
                "applicationsSync": "create-update",
                "preserveResourcesOnDeletion": True,
            },
            **_left_alone(fleet),
            "template": template,
        },
    }


def _left_alone(fleet: Fleet) -> Body:
    """
    What the ApplicationSet does not touch in Applications that exist.

    What it leaves alone it would not change either when the fleet is handed over. An empty list
    then, not none: whoever applied the folder first has the field too, and with that it would stay.
    https://github.com/argoproj/argo-cd/blob/master/applicationset/utils/createOrUpdate.go
    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    if duty(fleet, EngineKind.ARGOCD) is not Duty.WORKS:
        return {"ignoreApplicationDifferences": []}
    return {
        **note("An operator may pause the automated sync of one zone's Application."),
        "ignoreApplicationDifferences": [{"jsonPointers": ["/spec/syncPolicy/automated"]}],
    }


def _self(fleet: Fleet, cluster: Cluster) -> Body:
    path = repository_path(fleet, f"clusters/{cluster.name}/{EngineKind.ARGOCD}")
    return {
        "apiVersion": _API,
        "kind": "Application",
        "metadata": {"name": engine_name(fleet, cluster), "namespace": NAMESPACE},
        "spec": {
            "project": engine_name(fleet, cluster),
            "source": _source(fleet, path),
            **note("Where Argo CD itself runs, whichever cluster the zones are in."),
            "destination": {**_IN_CLUSTER, "namespace": NAMESPACE},
            "syncPolicy": _sync_policy(prune=False),
        },
    }


def yielded_applications(fleet: Fleet, cluster: Cluster) -> tuple[dict[str, Any], ...]:
    """
    The Applications that *cluster*'s ApplicationSet makes, hub first; none under Flux.

    From the same template: what stands in git is the template alone.
    """
    if EngineKind.ARGOCD not in engines(fleet):
        return ()
    return tuple(_application(fleet, cluster, zone) for zone in cluster.zones)


def _application(fleet: Fleet, cluster: Cluster, zone: Zone) -> dict[str, Any]:
    path = repository_path(fleet, zone.overlay)
    body = _template(fleet, cluster, zone=zone.name, namespace=zone.namespace, path=path)
    metadata = {**body["metadata"], "namespace": NAMESPACE}
    return {"apiVersion": _API, "kind": "Application", **body, "metadata": metadata}


_HEALTH = """\
local health = {status = "Progressing", message = "Consul has not answered yet"}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Synced" and condition.status == "True" then
      health = {status = "Healthy", message = "accepted by Consul"}
    elseif condition.type == "Synced" and condition.status == "False" then
      health = {status = "Degraded", message = condition.message or "refused by Consul"}
    end
  end
end
return health
"""


def consul_health_checks() -> dict[str, str]:
    """
    Entries for ``data`` of the ConfigMap ``argocd-cm``.

    Argo CD knows no health of Consul's kinds and would show a refused one as Healthy.
    https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
    """
    names = ("ServiceDefaults", "ServiceIntentions", "ServiceResolver")
    return {
        f"resource.customizations.health.consul.hashicorp.com_{kind}": _HEALTH for kind in names
    }
