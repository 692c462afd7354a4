"""
What an API server serves, by its own account.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edgeops.errors import LiveStateError

ROOTS = ("/api", "/apis")
"""Where the server tells what it serves."""

FORM = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)
"""What to accept, to be told all of it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """How the server serves a kind."""

    path: str
    """``/api/v1`` or ``/apis/<group>/<version>``."""

    api_version: str
    plural: str
    namespaced: bool


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the server serves, and the groups of which it could not tell."""

    resources: Mapping[tuple[str, str, str], Resource]
    """By group, version and kind; version ``""`` is the preferred one."""

    stale: frozenset[str]


def read(answers: Mapping[str, Mapping[str, Any]]) -> Discovery:
    """
    What the server's own and its other groups are.

    Args:
        answers: by the path that was asked, ``/api`` and ``/apis``.

    Raises:
        LiveStateError: if the server is too old to tell.
        ValueError: if an answer is not what the API has there; then nothing is known.
    """
    resources: dict[tuple[str, str, str], Resource] = {}
    stale: set[str] = set()
    for root, answer in answers.items():
        if not str(answer.get("kind", "")).startswith("APIGroupDiscoveryList"):
            raise LiveStateError(
                "the server has no aggregated discovery (Kubernetes 1.26 or newer)"
            )
        if not answer.get("items"):
            raise ValueError("discovery names no groups")
        for group in _parts(answer, "items"):
            metadata = group.get("metadata")
            name = str(metadata.get("name") or "") if isinstance(metadata, Mapping) else ""
            for version in _parts(group, "versions"):
                if version.get("freshness") == "Stale":
                    stale.add(name)
                for key, found in _resources(root, name, version):
                    resources.setdefault((name, "", key[1]), found)
                    resources[(name, *key)] = found
    return Discovery(resources, frozenset(stale))


def _resources(
    root: str, group: str, version: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], Resource]]:
    number = str(version.get("version") or "")
    for resource in _parts(version, "resources"):
        if "list" not in (resource.get("verbs") or ()):
            continue
        response, plural = resource.get("responseKind"), resource.get("resource")
        kind = response.get("kind") if isinstance(response, Mapping) else None
        if not (number and isinstance(kind, str) and isinstance(plural, str)):
            raise ValueError("discovery names a resource without a kind")
        yield (
            (number, kind),
            Resource(
                path="/".join(part for part in (root, group, number) if part),
                api_version="/".join(part for part in (group, number) if part),
                plural=plural,
                namespaced=resource.get("scope") == "Namespaced",
            ),
        )


def _parts(whole: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The mappings that stand below *name*; raises ValueError if something else does."""
    found = whole.get(name) or []
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise ValueError(f"discovery is not as the API has it, below {name}")
    return found
