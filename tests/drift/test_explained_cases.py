"""What ``--explain`` says of cases of the corpus, so that each rule is told in its own words."""

import json
from pathlib import Path

import pytest

from edgeops.__main__ import main
from tests.drift.corpus import CASES
from tests.drift.corpus import cases as all_cases

BY_NAME = {case.name: case for case in all_cases()}


@pytest.mark.parametrize(
    ("name", "asked", "outcome", "path", "words"),
    [
        (
            "hooks/pre-sync-job-is-gone",
            "Job/migrate",
            "no drift",
            None,
            "hook is made for one sync",
        ),
        (
            "hooks/leftover-of-a-hook-that-git-no-longer-has",
            "Job/old",
            "no drift",
            None,
            "what a hook left",
        ),
        (
            "engine/what-flux-ignores-may-be-absent",
            "ConfigMap/ext",
            "no drift",
            None,
            "ssa: Ignore: Flux neither makes nor changes it",
        ),
        (
            "encrypted/values-of-a-secret",
            "Secret/web",
            "no drift",
            "data.password",
            "git has it encrypted",
        ),
        (
            "autoscaler/scaled-to-zero-by-keda",
            "Deployment/web",
            "no drift",
            "spec.replicas",
            "within the autoscaler's range (0 to 5 replicas)",
        ),
        (
            "controllers/service-selector-by-rollouts",
            "Service/web",
            "no drift",
            "spec.selector",
            "Argo Rollouts narrowed it",
        ),
        (
            "controllers/external-secrets-by-its-long-name",
            "Secret/web",
            "no drift",
            "data.password",
            "written by a controller",
        ),
        (
            "stripped/endpoint-slice-with-its-trigger-time",
            "EndpointSlice/web",
            "no drift",
            'metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"]',
            "when the endpoints changed last",
        ),
        (
            "ownership/installed-by-the-helm-program",
            "Deployment/web",
            "no drift",
            'metadata.annotations["meta.helm.sh/release-name"]',
            "tracking by Helm",
        ),
        (
            "autoscaler/metrics-in-another-order",
            "HorizontalPodAutoscaler/web",
            "no drift",
            "spec.metrics",
            "written in another way",
        ),
        (
            "stripped/stateful-set-of-a-version-that-is-gone",
            "StatefulSet/es-data",
            "no drift",
            "spec.podManagementPolicy",
            "the API server's default",
        ),
        (
            "by-hand/budget-of-an-old-version-changed",
            "PodDisruptionBudget/web",
            "drift",
            "spec.minAvailable",
            "git sets it otherwise",
        ),
    ],
)
def test_the_reason_is_told(
    name: str,
    asked: str,
    outcome: str,
    path: str | None,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (CASES / f"{name}.yaml").exists()
    for side in ("desired", "live"):
        whole = {"apiVersion": "v1", "kind": "List", "items": BY_NAME[name].body[side]}
        (tmp_path / f"{side}.json").write_text(json.dumps(whole))
    desired, live = (str(tmp_path / f"{side}.json") for side in ("desired", "live"))
    main(["drift", "--desired", desired, "--live", live, "--explain", asked, "-o", "json"])
    (item,) = json.loads(capsys.readouterr().out)["objects"]
    if path is None:
        assert (item["outcome"], item["fields"]) == (outcome, [])
        assert words in item["why"]
        return
    told = {field["path"]: field for field in item["fields"]}
    field = told[path]
    assert field["outcome"] == outcome
    rule = f" ({field['rule']})" if field.get("rule") else ""
    assert words in f"{field['why']}{rule}"
