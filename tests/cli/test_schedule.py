"""What ``edgeops schedule`` prints, shown to those who will read it: schemas and systemd."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus

ROOT = Path(__file__).parent.parent.parent
Printed = Callable[..., str]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """The sample fleet with somebody to tell, committed."""
    root = tmp_path / "fleet"
    root.mkdir()
    for name in ("base", "overlays", "clusters"):
        shutil.copytree(ROOT / name, root / name)
    write(root, lambda spec: spec.update(drift={"notify": [{"url": "env:CHAT"}]}))
    for argv in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Fleet")):
        subprocess.run(("git", *argv), cwd=root, check=True)
    return root


def write(root: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    body = documents.load((ROOT / "edgeops.yaml").read_text())
    edit(body["spec"])
    (root / "edgeops.yaml").write_text(documents.dump_yaml(body))


@pytest.fixture
def printed(fleet: Path, capsys: pytest.CaptureFixture[str]) -> Printed:
    def run(*argv: str) -> str:
        capsys.readouterr()
        assert main(["schedule", *argv, "-C", str(fleet), "-q"]) is ExitStatus.OK
        shown = capsys.readouterr()
        assert shown.err == ""
        return shown.out

    return run


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema")
def test_the_workflow_is_one_by_its_published_schema(printed: Printed, tmp_path: Path) -> None:
    text = printed("github-actions", "--image", "registry.example.com/edgeops:1")
    assert _is_workflow(tmp_path / "drift.yaml", text)
    wrong = text.replace("runs-on: ubuntu-24.04", "runs_on: ubuntu-24.04")
    assert not _is_workflow(tmp_path / "wrong.yaml", wrong)


def _is_workflow(file: Path, text: str) -> bool:
    """By the schema of https://www.schemastore.org/github-workflow.json, as the package has it."""
    file.write_text(text)
    argv = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows")
    done = subprocess.run((*argv, str(file)), capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "Schema validation errors" in done.stdout, done.stderr
    return done.returncode == 0


def test_the_workflow_runs_commands_that_exist(printed: Printed) -> None:
    body = documents.load(printed("github-actions", "--image", "x", "--cluster", "edge-usw2"))
    (job,) = body["jobs"].values()
    script = "\n".join(step.get("run", "") for step in job["steps"])
    assert "upload-sarif" in json.dumps(job)
    assert body["permissions"] == {"contents": "read", "security-events": "write"}
    done = subprocess.run(("sh", "-n"), input=script, text=True, check=False)
    assert done.returncode == 0
    (check,) = [step for step in job["steps"] if step.get("id") == "drift"]
    assert check["env"]["CHAT"] == "${{ secrets.CHAT }}"
    assert "drift --kubeconfig" in script
    assert " --cluster edge-usw2" in script
    # No expression in a script: GitHub would paste its value into the shell's text.
    assert "${{" not in script


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_units_are_units(printed: Printed, tmp_path: Path) -> None:
    for unit in ("service", "timer"):
        text = printed("systemd", "--unit", unit, "--program", shutil.which("true") or "")
        (tmp_path / f"drift-hashicups.{unit}").write_text(text)
    names = [str(tmp_path / f"drift-hashicups.{unit}") for unit in ("service", "timer")]
    argv = ("systemd-analyze", "verify", *names)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    argv = ("systemd-analyze", "security", "--offline=yes", "--threshold=20", names[0])
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_both_units_in_one_text(printed: Printed) -> None:
    both = printed("systemd", "--schedule", "hourly")
    assert both == "\n".join(
        printed("systemd", "--schedule", "hourly", "--unit", unit) for unit in ("service", "timer")
    )
    assert "OnCalendar=hourly\n" in both


def test_what_the_pod_is_started_with_is_a_command(printed: Printed, tmp_path: Path) -> None:
    """Every argument is known to ``schedule run``: it gets as far as cloning."""
    text = printed("kubernetes", "--image", "x", "--git-secret", "git", "--deliver", "branch")
    (cron,) = [item.value for item in documents.load_all(text) if item.value["kind"] == "CronJob"]
    (container,) = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    words = container["args"]
    words[words.index("--url") + 1] = str(tmp_path / "nowhere")
    words[words.index("--summary") + 1] = str(tmp_path / "log")
    assert main(words) is ExitStatus.FAILED
    assert "does not exist" in (tmp_path / "log").read_text()


def of_kind(text: str, kind: str) -> dict[str, Any]:
    """The one object of a kind among those that were printed."""
    (found,) = [item.value for item in documents.load_all(text) if item.value["kind"] == kind]
    return dict(found)


def test_what_the_watcher_is_started_with_is_a_command(printed: Printed, tmp_path: Path) -> None:
    text = printed("kubernetes", "--watch", "--image", "x", "--git-secret", "git",
                   "--hook-secret", "hook", "--fetch-every", "5m")  # fmt: skip
    (container,) = of_kind(text, "Deployment")["spec"]["template"]["spec"]["containers"]
    words = container["args"]
    words[words.index("--url") + 1] = str(tmp_path / "nowhere")
    run = subprocess.run(
        (sys.executable, "-m", "edgeops", *words), capture_output=True, text=True, check=False
    )
    assert run.returncode == ExitStatus.FAILED
    assert "does not exist" in run.stderr
    assert words[words.index("--fetch-every") + 1] == "300s"


def test_a_watcher_keeps_its_history_where_it_is_told(printed: Printed) -> None:
    def volume(text: str) -> Any:
        spec = of_kind(text, "Deployment")["spec"]["template"]["spec"]
        (state,) = [item for item in spec["volumes"] if item["name"] == "state"]
        return state

    assert "emptyDir" in volume(printed("kubernetes", "--watch", "--image", "x"))
    text = printed("kubernetes", "--watch", "--image", "x", "--storage-class", "gp3")
    claim = of_kind(text, "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "gp3"
    name = claim["metadata"]["name"]
    assert volume(text)["persistentVolumeClaim"]["claimName"] == name
    # A check beside it has a claim of its own: two pods cannot share one.
    check = of_kind(printed("kubernetes", "--image", "x"), "PersistentVolumeClaim")
    assert check["metadata"]["name"] != name


def test_a_watcher_is_scraped_with_its_token(printed: Printed) -> None:
    text = printed("kubernetes", "--watch", "--image", "x", "--alerts", "--token-secret", "readers")
    service, monitor = of_kind(text, "Service"), of_kind(text, "ServiceMonitor")
    rule, deployment = of_kind(text, "PrometheusRule"), of_kind(text, "Deployment")
    chosen = monitor["spec"]["selector"]["matchLabels"]
    assert chosen.items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] == service["spec"]["ports"][0]["name"]
    mounted = {
        item["secret"]["secretName"]
        for item in deployment["spec"]["template"]["spec"]["volumes"]
        if "secret" in item
    }
    assert endpoint["authorization"]["credentials"]["name"] in mounted
    # Prometheus calls what a ServiceMonitor yields by the name of the Service.
    assert f'job="{service["metadata"]["name"]}"' in json.dumps(rule).replace('\\"', '"')


def test_alerts_name_metrics_that_there_are(printed: Printed) -> None:
    text = printed("kubernetes", "--image", "x", "--alerts", "-o", "json")
    (rule,) = [item for item in json.loads(text)["items"] if item["kind"] == "PrometheusRule"]
    expressions = [entry["expr"] for entry in rule["spec"]["groups"][0]["rules"]]
    ours = {name for text in expressions for name in re.findall(r"edgeops_\w+", text)}
    exported = (ROOT / "tests" / "report" / "golden" / "full.prom").read_text()
    assert ours
    assert ours <= set(re.findall(r"^# TYPE (\w+)", exported, re.MULTILINE))
    for text in expressions:
        assert text.count("(") == text.count(")")


def two_clusters(spec: dict[str, Any]) -> None:
    spec["clusters"].append({**spec["clusters"][0], "name": "edge-two", "zones": []})


def engine_elsewhere(spec: dict[str, Any]) -> None:
    spec["clusters"][0]["engineContext"] = "management"


@pytest.mark.parametrize(
    ("edit", "argv", "message"),
    [
        (None, ["kubernetes"], "Missing option '--image'"),
        (None, ["github-actions"], "Missing option '--image'"),
        (None, ["kubernetes", "--image", "x", "--cluster", "y"], "no cluster 'y'; there are"),
        (None, ["kubernetes", "--image", "x", "--schedule", "often"], "'often' is no schedule"),
        (two_clusters, ["kubernetes", "--image", "x"], "say with --cluster which of"),
        (engine_elsewhere, ["kubernetes", "--image", "x"], "--kubeconfig-secret"),
        (None, ["kubernetes", "--image", "x", "--watch", "--shards", "2"], "stand with --watch"),
        (None, ["kubernetes", "--image", "x", "--hook-secret", "h"], "hook-secret is for --watch"),
        (engine_elsewhere, ["kubernetes", "--image", "x", "--watch"], "--kubeconfig-secret"),
        (None, ["run", "--url", "u", "--history", "h"], "--reports or --reports-branch"),
    ],
)  # fmt: skip
def test_what_cannot_be_scheduled(
    fleet: Path,
    edit: Callable[[dict[str, Any]], object] | None,
    argv: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if edit is not None:
        write(fleet, edit)
    assert main(["schedule", *argv, "-C", str(fleet)]) is ExitStatus.FAILED
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in " ".join(shown.err.split())


def test_the_image_is_small_and_not_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    froms = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", image) for image in froms)
    assert re.fullmatch(r"USER \d+:\d+", [line for line in lines if line.startswith("USER")][-1])
    assert 'ENTRYPOINT ["edgeops"]' in lines
    # What comes from elsewhere is what is pinned: the rest is this clone.
    text = " ".join(" ".join(lines).replace("\\", " ").split())
    installs = re.findall(r"bin/pip install (.*?)(?= COPY| FROM| RUN)", text)
    assert [("--require-hashes" in one, "--no-deps" in one) for one in installs] == [
        (True, False),
        (False, True),
    ]
