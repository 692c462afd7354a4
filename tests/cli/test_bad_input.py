"""
Bad input: one message that says where and what to do, exit 2, and nothing changed.

Through the real entry point, because that is what a script sees.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus

FLEET = """apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {name: hashicups}
spec:
  repository: {url: https://git.example.com/acme/edge.git, branch: main}
  engine: flux
  mesh: {provider: consul, edition: enterprise}
  app: hashicups
  clusters:
    - name: edge-usw2
      region: us-west-2
      availabilityZones: [us-west-2a, us-west-2b]
      zones: [us-west-2-lax-1a]
"""


@pytest.fixture
def repo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    root = tmp_path / "edge"
    root.mkdir()
    (root / "edgeops.yaml").write_text(FLEET)
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    capsys.readouterr()
    return root


def fingerprint(root: Path) -> str:
    """Every byte below *root*, git's included, but for what reading refreshes."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != "index":
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


Break = Callable[[Path], None]


def edited(old: str, new: str) -> Break:
    def apply(root: Path) -> None:
        place = root / "edgeops.yaml"
        text = place.read_text()
        assert old in text
        place.write_text(text.replace(old, new, 1))

    return apply


BAD_FLEETS = [
    pytest.param(
        edited("kind: EdgeFleet", "kind: [EdgeFleet"), "edgeops.yaml:3:", id="broken-yaml"
    ),
    pytest.param(
        edited("  engine: flux", "  engin: flux"), "edgeops.yaml:6: spec.engin", id="unknown-key"
    ),
    pytest.param(edited("lax-1a", "lxa-1a"), "us-west-2-lax-1a", id="wrong-zone-names-the-nearest"),
    pytest.param(
        edited("[us-west-2-lax-1a]", "[us-west-2-lax-1a, us-west-2-lax-1a]"),
        "spec.clusters[0].zones[1]",
        id="zone-twice",
    ),
    pytest.param(
        edited("us-west-2-lax-1a", "us-east-1-bos-1a"),
        "spec.clusters[0].zones[0]",
        id="zone-of-another-region",
    ),
    pytest.param(
        lambda root: (root / "edgeops.yaml").write_text(FLEET + FLEET[FLEET.index("    - name") :]),
        "spec.clusters[1].name",
        id="two-clusters-with-one-name",
    ),
]


@pytest.mark.parametrize(("break_it", "message"), BAD_FLEETS)
def test_init_refuses_a_bad_fleet(
    repo: Path, capsys: pytest.CaptureFixture[str], break_it: Break, message: str
) -> None:
    break_it(repo)
    before = fingerprint(repo)
    assert main(["init", str(repo)]) is ExitStatus.FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert fingerprint(repo) == before


def test_all_problems_are_told_at_once(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited("  engine: flux", "  engin: flux")(repo)
    edited("lax-1a", "lxa-1a")(repo)
    assert main(["init", str(repo)]) is ExitStatus.FAILED
    err = capsys.readouterr().err
    assert "spec.engin" in err
    assert "us-west-2-lxa-1a" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--rev", "v9"], "v9", id="no-such-revision"),
        pytest.param(["--zone", "us-west-2-las-1a"], "us-west-2-las-1a", id="no-such-zone"),
        pytest.param(["--cluster", "edge"], "edge-usw2", id="no-such-cluster"),
        pytest.param(["--kubeconfig", "/nowhere"], "/nowhere", id="no-kubeconfig"),
        pytest.param(["--live", "/nowhere"], "/nowhere", id="no-dump"),
        pytest.param(["--kustomize", "/nowhere"], "/nowhere", id="no-kustomize"),
        pytest.param(["--ignore-file", "/nowhere"], "/nowhere", id="no-ignore-file"),
        pytest.param(["--desired", "/nowhere"], "/nowhere", id="no-manifest"),
        pytest.param(["--live", "-", "--desired", "-"], "--live -", id="two-standard-inputs"),
        pytest.param(["--live", "x", "--context", "y"], "--context", id="dump-and-context"),
        pytest.param(["--worktree", "--rev", "HEAD"], "--worktree", id="two-desired-states"),
        pytest.param(["-o", "xml"], "xml", id="no-such-format"),
        pytest.param(["--explain", "web"], "KIND/NAME", id="explain-what"),
        pytest.param(["--explain", "Pod/a", "-o", "html"], "html", id="no-such-explanation"),
    ],
)
def test_drift_refuses(
    repo: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    before = fingerprint(repo)
    assert main(["drift", "-C", str(repo), *arguments]) is ExitStatus.FAILED
    out, err = capsys.readouterr()
    assert message in out + err
    assert "Traceback" not in err
    assert fingerprint(repo) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "not valid YAML", id="truncated"),
        pytest.param("- a\n- b\n", "not a Kubernetes object", id="not-kubernetes"),
        pytest.param("", "no Kubernetes object", id="empty"),
        pytest.param(
            "apiVersion: v1\nkind: List\nitems: [1, two, null]\n",
            "items[0]:",
            id="items-that-are-no-objects",
        ),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMapList\nitems:\n- [metadata]\n",
            "items[0]:",
            id="items-of-a-typed-list",
        ),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n",
            "twice",
            id="an-object-twice",
        ),
    ],
)
def test_a_dump_that_is_none(
    repo: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    dump = repo.parent / "dump.yaml"
    dump.write_text(text)
    assert main(["drift", "-C", str(repo), "--live", str(dump)]) is ExitStatus.FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "dump.yaml" in err
    assert len(err.splitlines()) == 1


def test_one_context_cannot_stand_for_two_clusters(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = FLEET[FLEET.index("    - name") :].replace("edge-usw2", "edge-two")
    (repo / "edgeops.yaml").write_text(FLEET + second)
    assert main(["init", str(repo), "-q"]) is ExitStatus.OK
    assert main(["drift", "-C", str(repo), "--context", "x"]) is ExitStatus.FAILED
    err = capsys.readouterr().err
    assert "--cluster" in err
    assert "edge-two" in err


def test_an_overlay_that_does_not_build(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only that zone is Unknown; the others are compared; the status says so."""
    place = repo / "overlays" / "edge-usw2" / "us-west-2-lax-1a" / "kustomization.yaml"
    place.write_text(place.read_text().replace("namespace.yaml", "nowhere.yaml"))
    dump = repo.parent / "dump.yaml"
    dump.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: demo-app-region}\n")
    command = ["drift", "-C", str(repo), "--worktree", "--live", str(dump)]
    assert main(command) is ExitStatus.FAILED
    out = capsys.readouterr().out
    assert "nowhere.yaml" in out


def run(*arguments: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgeops", *arguments],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["init", "drift"])
def test_without_git(tmp_path: Path, command: str) -> None:
    """A machine without git: one message, not a crash."""
    (tmp_path / "edgeops.yaml").write_text(FLEET)
    env = {**os.environ, "PATH": str(tmp_path), "GIT_PYTHON_GIT_EXECUTABLE": ""}
    done = run(command, "-C", str(tmp_path), env=env, cwd=tmp_path)
    assert done.returncode == ExitStatus.FAILED
    assert "git" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edgeops.yaml"]


def test_without_a_cluster(repo: Path) -> None:
    """No kubeconfig anywhere: every zone is Unknown, and the reason is named."""
    env = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    done = run("drift", env={**env, "HOME": str(repo)}, cwd=repo)
    assert done.returncode == ExitStatus.FAILED
    assert "kubeconfig" in done.stdout + done.stderr
    assert "Unknown" in done.stdout
