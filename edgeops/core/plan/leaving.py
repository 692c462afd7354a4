"""
The overlay of a zone that is on its way out: its Namespace, and nothing else.

An engine prunes what a folder no longer renders as long as it renders something: both refuse to
take an empty or missing folder for "delete everything". So the folder stays until that is done.
"""

from edgeops.core.fleet.model import Cluster, Fleet, Zone
from edgeops.core.plan.manifest import KUSTOMIZATION, PlannedFile, yaml_file
from edgeops.core.plan.names import labels
from edgeops.core.plan.overlay import facts_file, namespace_file

_ABOUT = """\
{name} is leaving: the engine prunes what is not here any more. When it has, run
`edgeops zone remove {cluster}/{name}` again; `edgeops zone add` brings the zone back."""


def leaving_files(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[PlannedFile]:
    """Every file of the overlay of *zone* while it leaves."""
    body = {
        **KUSTOMIZATION,
        "namespace": zone.namespace,
        "resources": ["namespace.yaml"],
        "labels": [
            {
                "pairs": labels(fleet, zone),
                "includeSelectors": False,
                "includeTemplates": False,
            }
        ],
    }
    about = _ABOUT.format(cluster=cluster.name, name=zone.name)
    path = f"{zone.overlay}/kustomization.yaml"
    return [yaml_file(path, about, body), namespace_file(zone), facts_file(cluster, zone)]
