"""The demo, as somebody runs it who has just come by, and the dump that it compares."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from scripts import demo
from tests.live.fleet import told

ROOT = demo.ROOT
LOS_ANGELES, LAS_VEGAS, WAVELENGTH = (
    "demo-app-us-west-2-lax-1a",
    "demo-app-us-west-2-las-1a",
    "demo-app-us-west-2-wl1-las-wlz-1",
)
FINDINGS = [
    "Extraneous Deployment/psql",
    "Missing Service/payments",
    (
        "Modified Deployment/payments added "
        "spec.template.spec.containers[name=payments].securityContext by kubectl-patch"
    ),
    "Modified ServiceIntentions/product-api changed spec.sources by kubectl-patch",
    "Modified Service/product-api added spec.ports[port=6060,protocol=TCP] by kubectl-patch",
    "Modified Deployment/product-api added metadata.annotations.note by kubectl-annotate",
    (
        "Modified Deployment/product-api changed "
        "spec.template.spec.containers[name=product-api].image by kubectl-set"
    ),
    "Extraneous ConfigMap/hotfix",
    (
        "Modified Deployment/public-api added "
        "spec.template.spec.containers[name=public-api].env[name=LOG_LEVEL] by kubectl-set"
    ),
    "Modified ServiceResolver/postgres changed spec.redirect.namespace by kubectl-patch",
    (
        "Modified Application/hashicups-edge-usw2 changed "
        "spec.syncPolicy.automated.selfHeal by kubectl-patch"
    ),
]

Objects = dict[tuple[str, str, str], dict[str, Any]]
"""The dump's objects by kind, namespace and name."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The fleet that the demo made, and what it printed, for somebody whom git does not know."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        (sys.executable, "-m", "scripts.demo", str(folder / "fleet")),
        cwd=ROOT,
        env=environment
        | {
            "HOME": str(folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "COLUMNS": "100",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return folder / "fleet", done.stdout


@pytest.fixture
def compared(
    played: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[ExitStatus, dict[str, Any]]]:
    """Compares the demo's fleet with a dump of the given text."""

    def compare(text: str) -> tuple[ExitStatus, dict[str, Any]]:
        dump = tmp_path / "dump.yaml"
        dump.write_text(text, encoding="utf-8")
        status = main(["drift", "-C", str(played[0]), "--live", str(dump), "-o", "json"])
        return status, json.loads(capsys.readouterr().out)

    return compare


@pytest.fixture
def dump() -> str:
    return (ROOT / demo.DUMP).read_text(encoding="utf-8")


def test_it_shows_the_tree_the_commit_and_the_report(played: tuple[Path, str]) -> None:
    fleet, shown = played
    for text in (
        "$ edgeops init",
        "us-west-2-wl1-las-wlz-1/",
        "Committed",
        "files changed",
        "$ edgeops drift -C",
        "OutOfSync: 10 findings",
        "+ hashicorpdemoapp/product-api:v0.0.21",
        "by kubectl-set (person, Update)",
        "To go on:",
    ):
        assert text in shown
    # The scenes come in order, the commands before what they say.
    places = [
        shown.index(text) for text in ("1. Sc", "$ edgeops init", "2. The", "3. Com", "4. Next")
    ]
    assert places == sorted(places)
    author = subprocess.run(
        ("git", "-C", str(fleet), "log", "-1", "--format=%an"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert author.stdout == "edgeops demo\n"


def test_it_is_the_fleet_of_the_project(played: tuple[Path, str]) -> None:
    assert (played[0] / "edgeops.yaml").read_bytes() == (ROOT / "edgeops.yaml").read_bytes()


def test_it_fails_where_a_command_ends_otherwise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "edgeops.yaml").write_text("kind: Nonsense\n")

    assert demo.main([str(tmp_path)]) == 1

    assert "demo: edgeops exited with 2 instead of 0" in capfd.readouterr().err


def test_the_findings_are_the_changes_that_were_made(
    compared: Callable[[str], tuple[ExitStatus, dict[str, Any]]], dump: str
) -> None:
    status, report = compared(dump)

    assert told(report) == FINDINGS
    assert report["unread"] == []
    assert status is ExitStatus.FINDINGS


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "image: hashicorpdemoapp/frontend:v1.0.9",
            "image: hashicorpdemoapp/frontend:v9.9.9",
            (
                "Modified Deployment/frontend changed "
                "spec.template.spec.containers[name=frontend].image by argocd-controller"
            ),
        ),
        (
            "  maxUnavailable: 1\n",
            "  maxUnavailable: 2\n",
            (
                "Modified PodDisruptionBudget/frontend changed spec.maxUnavailable "
                "by argocd-controller"
            ),
        ),
        (
            "  protocol: http\n",
            "  protocol: grpc\n",
            "Modified ServiceDefaults/frontend changed spec.protocol by argocd-controller",
        ),
    ],
    ids=["image", "disruption-budget", "protocol"],
)
def test_one_changed_value_changes_the_report(
    compared: Callable[[str], tuple[ExitStatus, dict[str, Any]]],
    dump: str,
    old: str,
    new: str,
    finding: str,
) -> None:
    status, report = compared(dump.replace(old, new, 1))

    assert status is ExitStatus.FINDINGS
    assert set(told(report)) - set(FINDINGS) == {finding}


def test_a_rule_for_a_whole_object_hides_missing_and_extraneous_ones(
    played: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "ignore.yaml"
    rules.write_text(
        """\
- {kind: Service, name: payments, jsonPointers: [""]}
- {kind: Deployment, name: psql, jsonPointers: [""]}
- {kind: ConfigMap, managedFieldsManagers: [kubectl-create]}
"""
    )
    dump = str(ROOT / demo.DUMP)
    main(["drift", "-C", str(played[0]), "--live", dump, "--ignore-file", str(rules), "-o", "json"])
    report = json.loads(capsys.readouterr().out)

    hidden = {
        "Extraneous Deployment/psql",
        "Missing Service/payments",
        "Extraneous ConfigMap/hotfix",
    }
    assert told(report) == [line for line in FINDINGS if line not in hidden]
    assert [rule["hid"] for rule in report["rules"]] == [1, 1, 1]


def test_with_every_change_undone_it_is_in_sync(
    compared: Callable[[str], tuple[ExitStatus, dict[str, Any]]], dump: str
) -> None:
    objects = {
        (body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]): body
        for body in (document.value for document in documents.load_all(dump))
    }
    _undo(objects)

    status, report = compared("---\n".join(map(documents.dump_yaml, objects.values())))

    assert told(report) == []
    assert status is ExitStatus.OK
    assert report["summary"]["synced"] == report["summary"]["objects"] > 150


def _undo(objects: Objects) -> None:
    """Take back what `scripts.record_dump.CHANGES` says was done."""
    application = objects["Application", "argocd", "hashicups-edge-usw2"]
    application["spec"]["syncPolicy"]["automated"]["selfHeal"] = True
    product_api = objects["Deployment", LOS_ANGELES, "product-api"]
    _container(product_api)["image"] = "hashicorpdemoapp/product-api:v0.0.22"
    del product_api["metadata"]["annotations"]["note"]
    spec = objects["Service", LOS_ANGELES, "product-api"]["spec"]
    spec["ports"] = [port for port in spec["ports"] if port["port"] != 6060]
    del objects["ServiceIntentions", LAS_VEGAS, "product-api"]["spec"]["sources"][-1]
    del _container(objects["Deployment", LAS_VEGAS, "payments"])["securityContext"]
    service = documents.load(
        documents.dump_yaml(objects["Service", LOS_ANGELES, "payments"]).replace(
            "us-west-2-lax-1a", "us-west-2-las-1a"
        )
    )
    objects["Service", LAS_VEGAS, "payments"] = service
    resolver = objects["ServiceResolver", WAVELENGTH, "postgres"]
    resolver["spec"]["redirect"]["namespace"] = "demo-app-region"
    public_api = _container(objects["Deployment", WAVELENGTH, "public-api"])
    public_api["env"] = [item for item in public_api["env"] if item["name"] != "LOG_LEVEL"]
    del objects["ConfigMap", WAVELENGTH, "hotfix"]
    del objects["Deployment", "demo-app-region", "psql"]


def _container(deployment: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return container
