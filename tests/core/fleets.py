"""Fleets that tests of the core share: one text, and small edits of it."""

from functools import cache

from edgeops.adapters.package_data import zone_catalogue
from edgeops.core.fleet.model import Fleet
from edgeops.core.fleet.spec import parse_fleet

SAMPLE = """\
apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata:
  name: hashicups
spec:
  repository:
    url: https://git.example.com/acme/hashicups-edge.git
  engine: argocd
  mesh: {provider: consul, edition: enterprise}
  namespacePrefix: demo-app
  app: hashicups
  expose: none
  clusters:
    - name: edge-usw2
      region: us-west-2
      availabilityZones: [us-west-2a, us-west-2b]
      zones:
        - us-west-2-lax-1a
        - name: us-west-2-wl1-las-wlz-1
          replicas: 3
"""

OWN_APP = """\
app:
    - {name: web, image: web:1, port: 80, upstreams: [api], front: true, probePath: /}
    - name: api
      image: api:1
      port: 8080
      upstreams: [db, cache]
      env:
        DB: $(DB_HOST):$(DB_PORT)
        PASSWORD: {secretKeyRef: {name: db, key: password}}
      resources: {requests: {cpu: 100m}}
    - {name: cache, image: cache:1, port: 6379, protocol: tcp, placement: everywhere}
    - {name: db, image: db:1, port: 5432, protocol: tcp, placement: region, replicas: 1}
    - {name: sensor, image: s:1, port: 9000, protocol: grpc, placement: edge, upstreams: [api]}
"""

MESHES = {
    "consul-enterprise": "{provider: consul, edition: enterprise}",
    "consul-community": "{provider: consul, edition: community}",
    "none": "{provider: none}",
}
ENGINES = ("argocd", "flux")


def edited(*edits: tuple[str, str]) -> str:
    """The sample with each *old* replaced by *new*; an *old* that is not there is an error."""
    text = SAMPLE
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def fleet(*edits: tuple[str, str]) -> Fleet:
    return _parsed(edited(*edits))


@cache
def _parsed(text: str) -> Fleet:
    return parse_fleet(text, catalogue=zone_catalogue())[0]


def variant(
    engine: str = "argocd", mesh: str = "consul-enterprise", *edits: tuple[str, str]
) -> Fleet:
    """The sample with another engine and mesh."""
    return fleet(
        ("engine: argocd", f"engine: {engine}"),
        (f"mesh: {MESHES['consul-enterprise']}", f"mesh: {MESHES[mesh]}"),
        *edits,
    )
