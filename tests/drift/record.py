"""
Record what a real API server makes of the cases that say how: ``python -m tests.drift.record``.

Each case with a ``record`` gets a namespace of its own; its manifests are applied in its way, the
steps are done with kubectl, and ``live`` is what ``kubectl get --show-managed-fields`` says then.
Names of cases after the module limit it to those. What would differ between two recordings is
fixed: uids, versions, addresses and times (09:00 for who deployed, 11:00 for everybody else).
"""

import json
import shlex
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from edgeops.core import documents
from tests.controlplane.server import ControlPlane
from tests.drift.corpus import CASES, Case, cases, written

NAMESPACE = "shop"
_SERVER_SIDE = ("apply", "--server-side", "--force-conflicts")
WAYS: Mapping[str, tuple[str, ...]] = {
    "argocd": (*_SERVER_SIDE, "--field-manager=argocd-controller"),
    "argocd-client-side": ("apply", "--field-manager=argocd-application-controller"),
    "argocd-client-side-old": ("apply", "--field-manager=argocd-controller"),
    "flux": (*_SERVER_SIDE, "--field-manager=kustomize-controller"),
    "helm": (*_SERVER_SIDE, "--field-manager=helm-controller"),
    "kubectl": ("apply",),
    "create": ("create",),
}
"""How a deployer sends manifests, by what it is called in a case."""

_VOLATILE = ("uid", "resourceVersion", "generation", "creationTimestamp")


def record(plane: ControlPlane, case: Case, namespace: str) -> list[dict[str, Any]]:
    """The live objects of a case, as the API server gives them back."""
    recipe = case.body["record"]
    plane.kubectl("create", "namespace", namespace)
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": case.body["desired"]})
    text = text.replace(f'"namespace": "{NAMESPACE}"', f'"namespace": "{namespace}"')
    way = WAYS[recipe["way"]]
    plane.kubectl(*way, "--validate=warn", "-f", "-", input=text)
    for step in recipe.get("steps") or ():
        place = ("-n", namespace)
        command = step if isinstance(step, str) else step["do"]
        sent = "" if isinstance(step, str) else json.dumps(step["with"])
        plane.kubectl(*place, *shlex.split(command), input=sent)
    found = plane.kubectl(
        "get", "-n", namespace, *_names(case, recipe), "--show-managed-fields", "-o", "json",
        "--ignore-not-found",
    ).stdout  # fmt: skip
    whole = documents.load(found.replace(namespace, NAMESPACE)) if found.strip() else {}
    items = whole.get("items", [whole]) if whole else []
    return [_settled(item, recipe) for item in items]


def _names(case: Case, recipe: Mapping[str, Any]) -> list[str]:
    named = [
        f"{item.kind}.{item.api_version.partition('/')[2] or 'v1'}.{item.group}/{item.name}"
        if item.group
        else f"{item.kind}/{item.name}"
        for item in case.desired
    ]
    return [*named, *(recipe.get("also") or ())]


def _settled(item: dict[str, Any], recipe: Mapping[str, Any]) -> dict[str, Any]:
    meta = item["metadata"]
    for name in _VOLATILE:
        meta.pop(name, None)
    if item["kind"] == "Service" and item["spec"].get("clusterIP") not in (None, "None", ""):
        item["spec"]["clusterIP"] = "10.96.0.10"
        item["spec"]["clusterIPs"] = ["10.96.0.10"]
    way = WAYS[recipe["way"]]
    manager = {"kubectl": "kubectl-client-side-apply", "create": "kubectl-create"}.get(
        recipe["way"], way[-1].partition("=")[2]
    )
    for entry in meta.get("managedFields") or ():
        first = entry["manager"] == manager
        entry["time"] = "2026-01-31T09:00:00Z" if first else "2026-01-31T11:00:00Z"
    if recipe.get("stripped"):
        meta.pop("managedFields", None)
    return item


def main() -> None:
    """Record the named cases, or all that have a recipe."""
    chosen = set(sys.argv[1:])
    recorded = [
        case for case in cases() if "record" in case.body and (not chosen or case.name in chosen)
    ]
    with ControlPlane(name="corpus") as plane:
        plane.install_crds()

        def one(numbered: tuple[int, Case]) -> None:
            number, case = numbered
            try:
                live = record(plane, case, f"corpus-case-{number:03}")
            except AssertionError as error:
                print(f"{case.name}: {error}", file=sys.stderr)
                return
            file = CASES / f"{case.name}.yaml"
            file.write_text(written({**case.body, "live": live}), encoding="utf-8")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, enumerate(recorded)))


if __name__ == "__main__":
    main()
