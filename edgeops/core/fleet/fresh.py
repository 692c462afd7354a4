"""The text of a new ``edgeops.yaml``, made from flags and meant to be edited by a person."""

import re
from collections.abc import Sequence

from edgeops.core.documents import dump_json, load
from edgeops.core.fleet.model import EngineKind, Mesh

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./@-]*(?::[A-Za-z0-9_./@-]+)*\Z")

_TEXT = """\
# One fleet of edge zones. Everything below base/, overlays/ and clusters/ follows from this
# file: change it, run `edgeops init`, push. Every key: `edgeops schema`.
apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata:
  name: {name}
spec:
  repository:
    url: {url}  # what the engine clones; no credentials here
    branch: {branch}
    path: {path}  # of this file's directory in the repository
  engine: {engine}  # argocd | flux
  mesh: {mesh}
  namespacePrefix: demo-app  # namespaces: demo-app-region, demo-app-<zone>
  app: hashicups  # the built-in example, or a list of services
  placement:
    taint: edgeops.dev/edge  # edge nodes carry <taint>=<zone>:NoSchedule
  storageClass: gp2  # gp3 is not in every edge zone
  expose: none  # none | alb | nodePort: how users reach the front of a zone
  clusters:
    - name: {cluster}  # also the kubeconfig context, unless `context` says otherwise
      region: {region}
      availabilityZones: [{availability_zones}]
      zones:{zones}
"""

_MESHES = {
    Mesh.CONSUL_ENTERPRISE: "{provider: consul, edition: enterprise}",
    Mesh.CONSUL_COMMUNITY: "{provider: consul, edition: community}",
    Mesh.NONE: "{provider: none}  # no failover between zones",
}


def fleet_document(
    *,
    name: str,
    region: str,
    cluster: str,
    availability_zones: Sequence[str],
    zones: Sequence[tuple[str, str | None]],
    engine: EngineKind = EngineKind.ARGOCD,
    mesh: Mesh = Mesh.CONSUL_ENTERPRISE,
    repository_url: str,
    branch: str = "main",
    path: str = ".",
) -> str:
    """
    The text of a file for one cluster; `parse_fleet` says whether the values are right.

    Each of *zones* is a name, and a type where the catalogue does not know the zone.
    """
    return _TEXT.format(
        name=_scalar(name),
        url=_scalar(repository_url),
        branch=_scalar(branch),
        path=_scalar(path),
        engine=engine,
        mesh=_MESHES[mesh],
        cluster=_scalar(cluster),
        region=_scalar(region),
        availability_zones=", ".join(_scalar(zone) for zone in availability_zones),
        zones="".join(f"\n        - {_zone(*zone)}" for zone in zones) or " []",
    )


def _zone(name: str, zone_type: str | None) -> str:
    if zone_type is None:
        return _scalar(name)
    return f"{{name: {_scalar(name)}, type: {_scalar(zone_type)}}}"


def _scalar(text: str) -> str:
    """*text* as YAML: plain where that means the same, else quoted."""
    if text == "." or (_PLAIN.match(text) and load(text) == text):
        return text
    return dump_json(text).strip()
