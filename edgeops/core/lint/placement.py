"""
Spokes and their hub: where pods may land, and who may name whom.

An edge zone reaches the Region and itself, never another edge zone.
https://docs.aws.amazon.com/wavelength/latest/developerguide/wavelength-quotas.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from edgeops.core.fleet.model import Zone
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.lint.pods import Workload, dig, entries, mapping, workloads
from edgeops.core.plan.names import ZONE_TOPOLOGY

_TOKEN: Final = re.compile(r"[a-z0-9-]+")


def check(repository: Repository) -> Iterator[Problem]:
    """Every overlay of the fleet."""
    for folder, zone in repository.overlays:
        if folder.error is not None or not folder.objects:
            continue
        yield from _namespace(folder, zone)
        if not zone.is_hub:
            yield from _names_spokes(repository, folder, zone)
        for workload in workloads(folder):
            yield from _pinned(folder, zone, workload)
            yield from _tolerations(repository, folder, zone, workload)
    yield from _made_twice(repository)


def _namespace(folder: Folder, zone: Zone) -> Iterator[Problem]:
    """
    The zone's namespace is rendered, and nothing deletes it by the way.

    With it would go everything of the zone. https://github.com/argoproj/argo-cd/issues/7875
    """
    for item in folder.objects:
        if item.kind == "Namespace" and item.name == zone.namespace:
            options = str(item.annotations.get("argocd.argoproj.io/sync-options", ""))
            flux = item.annotations.get("kustomize.toolkit.fluxcd.io/prune")
            kept = {"Prune=confirm", "Prune=false"} & {one.strip() for one in options.split(",")}
            if not kept or flux != "disabled":
                yield of_object(
                    "namespace-unprotected",
                    folder,
                    item,
                    "an engine may delete it, and with it everything of the zone",
                    path="metadata.annotations",
                )
            return
    yield Problem(
        rule="namespace-missing",
        message=f"{folder.path} has no Namespace {zone.namespace}",
        file=f"{folder.path}/kustomization.yaml",
        place=folder.place,
    )


def _names_spokes(repository: Repository, folder: Folder, zone: Zone) -> Iterator[Problem]:
    others = {
        name: other.name
        for _, other in repository.overlays
        if not other.is_hub and other.name != zone.name
        for name in (other.name, other.namespace)
    }
    for item in folder.objects:
        for path, text in _texts(item.body):
            if text == repository.fleet.taint:
                continue
            for token in _TOKEN.findall(text):
                found = _named(token, others, zone)
                if found is not None:
                    yield of_object(
                        "spoke-names-spoke",
                        folder,
                        item,
                        f"names {found}, another edge zone, which cannot be reached from here",
                        path=path,
                    )
                    break


def _named(token: str, others: Mapping[str, str], zone: Zone) -> str | None:
    """The other spoke that a word names, by itself or at its end: ``product-api-<zone>``."""
    if token == zone.name or token.endswith(f"-{zone.name}"):
        return None
    matched = [name for name in others if token == name or token.endswith(f"-{name}")]
    return others[max(matched, key=len)] if matched else None


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of an object with its path, keys of annotations and labels left out."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            step = str(key) if re.fullmatch(r"[A-Za-z0-9_-]+", str(key)) else f'["{key}"]'
            dot = "." if path and not step.startswith("[") else ""
            yield from _texts(below, f"{path}{dot}{step}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts(below, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _pinned(folder: Folder, zone: Zone, workload: Workload) -> Iterator[Problem]:
    """Required, by node selector or by affinity, to nodes of this place and no other."""
    allowed = _zones_of(workload.pod)
    if allowed is not None and allowed and allowed <= set(zone.zones):
        return
    where = ", ".join(zone.zones)
    found = "nothing says where its pods may run"
    if allowed is not None:
        found = f"its pods may run in {', '.join(sorted(allowed)) or 'no zone'}"
    yield of_object(
        "workload-not-pinned",
        folder,
        workload.item,
        f"{found}; they belong in {where}",
        path=f"{workload.path}.affinity.nodeAffinity",
    )


def _zones_of(pod: Mapping[str, Any]) -> set[str] | None:
    """The zones that a pod may run in; None where nothing limits them."""
    chosen = mapping(pod.get("nodeSelector")).get(ZONE_TOPOLOGY)
    if chosen is not None:
        return {str(chosen)}
    required = dig(
        pod,
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    )
    terms = entries(mapping(required).get("nodeSelectorTerms"))
    zones: set[str] = set()
    for term in terms:
        # Terms are alternatives: one that does not speak of zones allows all of them.
        values = [
            {str(value) for value in entries(mapping(one).get("values"))}
            for one in entries(mapping(term).get("matchExpressions"))
            if mapping(one).get("key") == ZONE_TOPOLOGY and mapping(one).get("operator") == "In"
        ]
        if not values:
            return None
        zones |= set.intersection(*values)
    return zones if terms else None


def _tolerations(
    repository: Repository, folder: Folder, zone: Zone, workload: Workload
) -> Iterator[Problem]:
    taint = repository.fleet.taint
    own, others = False, []
    for index, entry in enumerate(entries(workload.pod.get("tolerations"))):
        one = mapping(entry)
        if one.get("effect") not in (None, "", "NoSchedule"):
            continue
        every = one.get("operator") == "Exists"
        if one.get("key") not in (taint, None, "") or (not one.get("key") and not every):
            continue
        if every or one.get("value") != zone.name:
            others.append((index, every))
        own |= every or one.get("value") == zone.name
    path = f"{workload.path}.tolerations"
    if not own and not zone.is_hub:
        yield of_object(
            "workload-not-tolerating",
            folder,
            workload.item,
            f"its pods do not tolerate {taint}={zone.name}:NoSchedule and stay Pending for ever",
            path=path,
        )
    # A DaemonSet that is on every node tolerates every taint, and that is its purpose.
    if workload.item.kind == "DaemonSet":
        return
    for index, every in others:
        yield of_object(
            "tolerates-other-zones",
            folder,
            workload.item,
            "tolerates the taint of every edge zone"
            if every
            else "tolerates the taint of another edge zone",
            path=f"{path}[{index}]",
        )


def _made_twice(repository: Repository) -> Iterator[Problem]:
    """The same object out of two overlays of one cluster: they overwrite each other for ever."""
    for cluster in repository.fleet.clusters:
        first: dict[object, Folder] = {}
        for folder, _ in repository.of_cluster(cluster):
            for item in folder.objects:
                other = first.setdefault(item.key, folder)
                if other is not folder:
                    yield of_object(
                        "object-twice",
                        folder,
                        item,
                        f"{other.path} makes the same object in the same cluster",
                    )
