"""What engines say of themselves, in the shapes that their controllers were seen to write."""

from typing import Any

import pytest

from edgeops.core.engine_status import EngineState, EngineWord, engine_word
from edgeops.core.objects import KubeObject

ONE, TWO = "1" * 40, "2" * 40


def kustomization(
    *conditions: tuple[str, str, str],
    seen: int = 1,
    spec: dict[str, Any] | None = None,
    **status: Any,
) -> KubeObject:
    told = [{"type": kind, "status": value, "message": text} for kind, value, text in conditions]
    return KubeObject(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "z", "namespace": "flux-system", "generation": 1},
            "spec": spec or {},
            "status": {"observedGeneration": seen, "conditions": told, **status},
        }
    )


def application(spec: dict[str, Any] | None = None, **status: Any) -> KubeObject:
    automated = {"syncPolicy": {"automated": {"enabled": True}}}
    return KubeObject(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "z", "namespace": "argocd"},
            "spec": automated if spec is None else spec,
            "status": status,
        }
    )


def word(item: KubeObject, source: KubeObject | None = None) -> EngineWord:
    found = engine_word(item, source)
    assert found is not None
    return found


BOTH: dict[str, Any] = {
    "lastAppliedRevision": f"main@sha1:{ONE}",
    "lastAttemptedRevision": f"main@sha1:{TWO}",
}
OPERATION = {"phase": "Succeeded", "syncResult": {"revision": ONE}}


@pytest.mark.parametrize(
    ("item", "state"),
    [
        pytest.param(kustomization(("Ready", "True", "Applied")), EngineState.SYNCED, id="ready"),
        pytest.param(
            kustomization(("Ready", "True", "Applied"), seen=0),
            EngineState.PROGRESSING,
            id="ready-as-it-was-before-its-last-change",
        ),
        pytest.param(kustomization(("Ready", "False", "no")), EngineState.FAILED, id="not-ready"),
        pytest.param(
            kustomization(("Ready", "Unknown", "at it")), EngineState.PROGRESSING, id="at-it"
        ),
        pytest.param(kustomization(), EngineState.UNKNOWN, id="never-looked-at"),
        pytest.param(application(sync={"status": "Synced"}), EngineState.SYNCED, id="synced"),
        pytest.param(
            application(sync={"status": "OutOfSync"}), EngineState.OUT_OF_SYNC, id="out-of-sync"
        ),
        pytest.param(application(sync={"status": "Unknown"}), EngineState.UNKNOWN, id="unknown"),
        pytest.param(application(), EngineState.UNKNOWN, id="no-status"),
        pytest.param(
            application(sync={"status": "OutOfSync"}, operationState={"phase": "Failed"}),
            EngineState.FAILED,
            id="sync-failed",
        ),
        pytest.param(
            application(sync={"status": "OutOfSync"}, operationState={"phase": "Running"}),
            EngineState.PROGRESSING,
            id="sync-runs",
        ),
    ],
)
def test_state(item: KubeObject, state: EngineState) -> None:
    assert word(item).state is state


def test_applied_and_looked_at_are_two_commits() -> None:
    flux = word(kustomization(("Ready", "False", "no"), **BOTH))
    argo = word(application(sync={"status": "Synced", "revision": TWO}, operationState=OPERATION))
    assert (flux.revision, flux.attempted) == (argo.revision, argo.attempted) == (ONE, TWO)


@pytest.mark.parametrize(
    ("item", "suspended"),
    [
        (kustomization(), False),
        (kustomization(spec={"suspend": True}), True),
        (application(), False),
        (application({"syncPolicy": {"automated": {}}}), False),
        (application({"syncPolicy": {"automated": {"enabled": False}}}), True),
        (application({}), True),
    ],
)
def test_suspended(item: KubeObject, suspended: bool) -> None:
    assert word(item).suspended is suspended


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("argocd.argoproj.io/skip-reconcile", "true"),
        ("argocd.argoproj.io/skip-reconcile", "1"),
        ("kustomize.toolkit.fluxcd.io/reconcile", "Disabled"),
    ],
)
def test_suspended_by_an_annotation(name: str, value: str) -> None:
    item = application() if name.startswith("argocd") else kustomization()
    item.body["metadata"]["annotations"] = {name: value}
    assert word(item).suspended
    item.body["metadata"]["annotations"] = {name: "no"}
    assert not word(item).suspended


def test_what_went_wrong_is_one_line() -> None:
    assert word(kustomization(("Ready", "False", "a\n b"))).error == "a b"
    conditions = [
        {"type": "ComparisonError", "message": "c"},
        {"type": "OrphanedResourceWarning", "message": "w"},
    ]
    failed = application(conditions=conditions, operationState={"phase": "Error", "message": "e"})
    assert word(failed).error == "c; e"
    assert word(application(operationState={"phase": "Succeeded", "message": "ok"})).error is None


def test_what_cannot_be_fetched_is_said_of_a_kustomization_that_is_ready() -> None:
    source = KubeObject(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "s", "namespace": "flux-system"},
            "status": {
                "conditions": [{"type": "FetchFailed", "status": "True", "message": "refused"}]
            },
        }
    )
    found = word(kustomization(("Ready", "True", "Applied")), source)
    assert found.state is EngineState.SYNCED
    assert found.error == "GitRepository flux-system/s: refused"


def test_health() -> None:
    assert word(kustomization(("Healthy", "True", ""))).health == "Healthy"
    assert word(kustomization(("Healthy", "False", ""))).health == "Unhealthy"
    assert word(kustomization()).health is None
    assert word(application(health={"status": "Degraded"})).health == "Degraded"


def test_other_kinds_say_nothing() -> None:
    item = KubeObject({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    assert engine_word(item) is None
