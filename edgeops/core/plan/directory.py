"""
An application of one's own, in a directory that Kustomize builds: base and overlays.

What the user wrote stays byte for byte; everything that a place adds or takes away stands in
its overlay, in patches. `edgeops.core.bring` has told beforehand what the directory holds.
"""

import posixpath

from edgeops.core.bring import pods
from edgeops.core.documents import dump_yaml
from edgeops.core.fleet.model import Cluster, DirectoryApp, Fleet, Zone
from edgeops.core.plan.directory_mesh import (
    account_changes,
    accounts,
    callers_services,
    entries,
)
from edgeops.core.plan.directory_pods import left_out, pod_change, workloads
from edgeops.core.plan.directory_services import removals, service_changes
from edgeops.core.plan.expose import expose_file
from edgeops.core.plan.manifest import KUSTOMIZATION, Body, PlannedFile, note, yaml_file
from edgeops.core.plan.names import labels

_ABOUT_BASE = """\
The application, as it is in every zone. It stands in {directory}/, which is yours: what a place
adds stands in overlays/<cluster>/<zone>."""

_ABOUT_LISTING = """\
The manifests of this directory, which stay as they are. edgeops keeps this list as long as you
do not change it."""

_ABOUT_PODS = """\
Where pods run, and what they need of the mesh: a patch of each workload of the application.
Affinity and tolerations of the application are among these."""

_ABOUT_CHANGED = """\
What becomes of the application's other objects here."""


def base_files(app: DirectoryApp) -> list[PlannedFile]:
    """``base/``, which leads to the directory; none where the directory is ``base`` itself."""
    if app.directory == "base":
        return []
    place = posixpath.relpath(app.directory, "base")
    about = _ABOUT_BASE.format(directory=app.directory)
    body = {**KUSTOMIZATION, "resources": [place]}
    return [yaml_file("base/kustomization.yaml", about, body)]


def listing_file(directory: str, resources: tuple[str, ...]) -> PlannedFile:
    """The kustomization of a directory that has none."""
    body = {**KUSTOMIZATION, "resources": list(resources)}
    return yaml_file(f"{directory}/kustomization.yaml", _ABOUT_LISTING, body)


def kinds(app: DirectoryApp | None) -> set[tuple[str, str]]:
    """The groups and kinds of what the directory builds."""
    return set() if app is None else {pods.kind_of(body) for body in app.objects}


def overlay_files(
    fleet: Fleet, cluster: Cluster, zone: Zone, common: list[PlannedFile], about: str
) -> list[PlannedFile]:
    """
    Every file of the overlay of *zone*.

    Args:
        common: what overlays of every application have: the namespace first, then files that
            are no resources.
        about: what the kustomization says of the zone.
    """
    app = fleet.directory_app
    if app is None:
        return []
    namespace, *others = common
    resources = [namespace, *_mesh_files(fleet, cluster, zone)]
    exposed = expose_file(fleet.front, zone, selector=_selector(fleet, app))
    if exposed is not None:
        resources.append(exposed)
    patches = _patch_files(fleet, cluster, zone)
    removed = _removals(fleet, cluster, zone, app)
    changes = [*({"path": _name(file)} for file in patches), *removed]
    kustomization = _kustomization(fleet, zone, resources, changes, about)
    return [kustomization, *resources, *others, *patches]


def _selector(fleet: Fleet, app: DirectoryApp) -> dict[str, str]:
    """How the Service of the front finds its pods."""
    front = "" if fleet.front is None else fleet.front.name
    services = pods.services_in(app.objects)
    found = next((service for service in services if pods.name_of(service) == front), None)
    return {} if found is None else dict(found["spec"]["selector"])


def _kustomization(
    fleet: Fleet,
    zone: Zone,
    resources: list[PlannedFile],
    patches: list[Body],
    about: str,
) -> PlannedFile:
    body: Body = {
        **KUSTOMIZATION,
        "namespace": zone.namespace,
        "resources": ["../../../base", *map(_name, resources)],
        **note("In metadata only: selectors are immutable, and a changed template restarts pods."),
        "labels": [
            {
                "pairs": labels(fleet, zone),
                "includeSelectors": False,
                "includeTemplates": False,
            }
        ],
        "patches": patches,
    }
    return yaml_file(f"{zone.overlay}/kustomization.yaml", about, body)


def _name(file: PlannedFile) -> str:
    return posixpath.basename(file.path)


_ABOUT_MESH = {
    "serviceaccounts": "With Consul's ACLs a pod may register only as the service that its\n"
    "account is named after.",
    "services": "Pods that only call others: Consul registers no pod that no Service leads to.",
    "defaults": "Protocols of the names that Consul knows here.",
    "resolvers": "What this zone does not have, or has no healthy instance of, comes from the\n"
    "Region. It comes back by itself.",
    "intentions": "Who may call what here. Consul decides at the destination, wants each source\n"
    "by name, and takes one ServiceIntentions for a destination: for the Region, every edge\n"
    "zone of the cluster stands here.",
}


def _mesh_files(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[PlannedFile]:
    added = entries(fleet, cluster, zone).added
    files = {
        "serviceaccounts": accounts(fleet, zone),
        "services": callers_services(fleet, zone),
        "defaults": added.get("ServiceDefaults", []),
        "resolvers": added.get("ServiceResolver", []),
        "intentions": added.get("ServiceIntentions", []),
    }
    return [
        yaml_file(f"{zone.overlay}/{name}.yaml", _ABOUT_MESH[name], *objects)
        for name, objects in files.items()
        if objects
    ]


def _patch_files(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[PlannedFile]:
    changed = [
        *service_changes(fleet, zone)[1],
        *account_changes(fleet, zone),
        *entries(fleet, cluster, zone).changed,
    ]
    running = [pod_change(fleet, zone, item) for item in workloads(fleet, zone)]
    files = (("workloads", _ABOUT_PODS, running), ("changes", _ABOUT_CHANGED, changed))
    return [
        yaml_file(f"{zone.overlay}/{name}.yaml", about, *bodies)
        for name, about, bodies in files
        if bodies
    ]


def _removals(fleet: Fleet, cluster: Cluster, zone: Zone, app: DirectoryApp) -> list[Body]:
    """
    A patch for each object of the application that *zone* leaves out.

    Each an entry of its own: where a file has several patches, one that deletes makes older
    kustomizes crash (5.6 does). https://github.com/kubernetes-sigs/kustomize/issues/5471
    """
    out = [
        *(left_out(body) for body in removals(app, zone)),
        *service_changes(fleet, zone)[0],
        *entries(fleet, cluster, zone).left_out,
    ]
    return [{"patch": dump_yaml(body)} for body in out]
