"""The engine's own objects changed by hand: told of, or put back before anybody looks."""

import json
from typing import Any

import pytest

from edgeops.errors import ExitStatus
from tests.engines.conftest import Make
from tests.engines.site import EDGE, Site, told
from tests.engines.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]

FLUX = "kustomization.kustomize.toolkit.fluxcd.io"
SKIP = "argocd.argoproj.io/skip-reconcile"


def patch(site: Site, kind: str, name: str, body: dict[str, Any]) -> None:
    site.world.plane.kubectl(
        *("patch", kind, name, "-n", site.engine.namespace, "--type=merge"),
        *("--field-manager=k9s", "-p", json.dumps(body)),
    )


def changed(report: dict[str, Any]) -> set[str]:
    return {field["path"] for item in report["findings"] for field in item["fields"]}


@pytest.mark.parametrize("engine", ["flux"])
def test_flux_leaves_it_and_it_is_told_of(make: Make) -> None:
    site = make(zones=(EDGE,))
    name = f"{site.fleet}-{EDGE}"
    patch(site, FLUX, name, {"spec": {"suspend": True, "ignore": [{"paths": ["/spec/replicas"]}]}})
    patch(site, FLUX, f"{site.fleet}-region", {"spec": {"path": f"./overlays/edge-usw2/{EDGE}-x"}})
    site.kubectl(
        EDGE,
        *("annotate", "deployment", "nginx", "kustomize.toolkit.fluxcd.io/reconcile=disabled"),
        "--field-manager=k9s",
    )
    status, report = site.drift()
    assert status is ExitStatus.FINDINGS
    assert changed(report) == {
        "spec.suspend",
        "spec.ignore",
        "spec.path",
        'metadata.annotations["kustomize.toolkit.fluxcd.io/reconcile"]',
    }, told(report)
    assert {item["severity"] for item in report["findings"]} == {"high"}
    words = said(site)
    assert (words[EDGE]["suspended"], words["region"]["suspended"]) == (True, False)
    assert words[EDGE]["state"] == "Synced"


@pytest.mark.parametrize("engine", ["argocd"])
def test_argo_cd_puts_its_own_back(make: Make) -> None:
    site = make(zones=(EDGE,))
    name = f"{site.fleet}-{EDGE}"
    patch(site, "application", name, {"spec": {"source": {"path": "elsewhere"}}})
    patch(site, "application", name, {"spec": {"ignoreDifferences": [{"kind": "Deployment",
        "group": "apps", "jsonPointers": ["/spec"]}]}})  # fmt: skip
    patch(site, "application", name, {"metadata": {"annotations": {SKIP: "true"}}})
    patch(site, "appproject", site.fleet, {"spec": {"sourceRepos": ["*"]}})
    until("all is as git has it", lambda: site.drift()[0] is ExitStatus.OK)
    # That an operator may do, and it stays; so it is told of.
    site.engine.pause(site.fleet, EDGE)
    status, report = site.drift()
    assert status is ExitStatus.FINDINGS
    assert changed(report) == {"spec.syncPolicy.automated.enabled"}
    words = said(site)
    assert (words[EDGE]["suspended"], words["region"]["suspended"]) == (True, False)


@pytest.mark.parametrize("engine", ["argocd"])
def test_argo_cd_leaves_what_stops_itself_and_it_is_told_of(make: Make) -> None:
    site = make(zones=(EDGE,))
    # The Application that keeps the others in step does not look at itself any more.
    patch(site, "application", site.fleet, {"metadata": {"annotations": {SKIP: "true"}}})
    patch(site, "application", site.fleet, {"spec": {"source": {"targetRevision": "fix"}}})
    patch(site, "appproject", site.fleet, {"spec": {"sourceRepos": ["*"]}})
    site.kubectl(
        EDGE,
        *("annotate", "deployment", "nginx", "--field-manager=k9s"),
        "argocd.argoproj.io/compare-options=IgnoreExtraneous",
    )
    status, report = site.drift()
    assert status is ExitStatus.FINDINGS
    assert changed(report) == {
        f'metadata.annotations["{SKIP}"]',
        "spec.source.targetRevision",
        "spec.sourceRepos",
        'metadata.annotations["argocd.argoproj.io/compare-options"]',
    }, told(report)
    assert {item["severity"] for item in report["findings"]} == {"high"}
    words = said(site)
    assert (words[None]["suspended"], words[EDGE]["suspended"]) == (True, False)


def said(site: Site) -> dict[str | None, Any]:
    """What the engine says, by zone."""
    answer = site.edgeops("sync-status", "-o", "json", *site.reading())
    return {zone["zone"]: zone["says"] for zone in answer.document["zones"]}
