"""Nothing that a repository names is run, and nothing that it names is reached."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.adapters.kustomize import Kustomize
from tests.adapters.gitrepo import GitDir
from tests.crash.site import FLEET
from tests.hostile.traps import Listener, Witness, for_kustomize, set_for_git
from tests.reliability import record

pytestmark = pytest.mark.usefixtures("isolated")

READING = {
    "drift": ("drift", "--live", "live.yaml"),
    "drift --worktree": ("drift", "--worktree", "--live", "live.yaml"),
    "validate": ("validate",),
    "plan": ("plan",),
    "plan -o json": ("plan", "-o", "json"),
    "init --dry-run": ("init", "--dry-run"),
    "render": ("render",),
    "render --rev": ("render", "--rev", "HEAD"),
    "routes": ("routes",),
    "zone list": ("zone", "list"),
}


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness")


@pytest.mark.parametrize(
    "through",
    [None, "include.path", "includeIf.gitdir:**.path"],
    ids=["own", "included", "included-if"],
)
def test_commands_that_read_run_nothing_of_gits_configuration(
    through: str | None,
    tmp_path: Path,
    witness: Witness,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    repo = GitDir(tmp_path / "repo")
    repo.write({"edgeops.yaml": FLEET.replace(", path: fleet", "")})
    (repo.root / "live.yaml").write_text("apiVersion: v1\nkind: List\nitems: []\n")
    monkeypatch.chdir(repo.root)
    assert main(["init", "-q"]) == 0
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "all")
    traps = set_for_git(repo, witness, listener, through=through)
    # Times that the index does not know: git has to look into the files.
    for path in repo.root.rglob("*.yaml"):
        os.utime(path, (1, 1))
    subprocess.run(("git", "status"), check=False, capture_output=True)
    subprocess.run(("git", "diff", "HEAD"), check=False, capture_output=True)
    assert {"fsmonitor", "clean"} <= set(witness.seen), "the traps are none"
    witness.forget()
    capsys.readouterr()

    escapes = []
    for name, command in READING.items():
        status = main(command)
        said = capsys.readouterr()
        assert status in {0, 1, 2}, (name, said)
        escapes += [f"{name}: {what}" for what in witness.seen]
        witness.forget()
    what = "git's configuration" + (f" through {through}" if through else "")
    record("hostile", f"{what} × commands", len(traps) * len(READING), len(escapes))
    assert not escapes
    assert listener.calls == 0


def test_a_build_runs_nothing_and_reaches_nothing(
    tmp_path: Path, witness: Witness, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    (outside / "linked").mkdir(parents=True)
    secret = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stolen}\n"
    (outside / "secret.yaml").write_text(secret)
    (outside / "env").write_text("stolen=stolen\n")
    (outside / "linked/kustomization.yaml").write_text("resources: [secret.yaml]\n")
    (outside / "linked/secret.yaml").write_text(secret)
    GitDir(outside / "repository").commit(
        {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": secret}
    )
    # What a person's environment may have, and what a build must not have from it.
    plugins = tmp_path / "plugins/example.com/v1/trap"
    plugins.mkdir(parents=True)
    Path(witness.program("plugin")).rename(plugins / "Trap")
    monkeypatch.setenv("KUSTOMIZE_PLUGIN_HOME", str(tmp_path / "plugins"))
    monkeypatch.setenv("GIT_SSH_COMMAND", witness.program("ssh-of-the-environment"))
    (tmp_path / "home/.gitconfig").write_text('[protocol "file"]\n\tallow = always\n')
    root = tmp_path / "root"
    cases = for_kustomize(witness, listener, outside)
    for number, files in enumerate(cases.values()):
        folder = root / f"case{number}"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        (folder / "link.yaml").symlink_to(outside / "secret.yaml")
        (folder / "linked").symlink_to(outside / "linked")

    built = Kustomize().build(str(root), [f"case{number}" for number in range(len(cases))])

    escapes = [
        what
        for what, build in zip(cases, built.values(), strict=True)
        if build.error is None or "stolen" in str(build.objects)
    ]
    record("hostile", "kustomizations", len(cases), len(escapes))
    assert not escapes
    assert witness.seen == []
    assert listener.calls == 0


def test_a_name_that_begins_with_a_dash_is_a_name(
    tmp_path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    repo = GitDir(tmp_path / "repo")
    repo.write({"edgeops.yaml": FLEET.replace(", path: fleet", "")})
    monkeypatch.chdir(repo.root)
    assert main(["init", "-q"]) == 0
    capsys.readouterr()
    program = witness.program("ran")
    before = repo.git("rev-parse", "HEAD")
    cases = (
        ("render", "--rev", f"--upload-pack={program}"),
        ("render", "--rev=--output=owned"),
        ("drift", "--rev", f"--exec={program}", "--live", "/dev/null"),
        ("zone", "add", "--", f"--upload-pack={program}"),
        ("zone", "add", "us-west-2-las-1a", "--commit-to", "--force"),
        ("zone", "add", "us-west-2-las-1a", "--commit-to=--orphan"),
        ("zone", "add", "us-west-2-las-1a", "--commit-to", "-D"),
        ("zone", "remove", "--yes", "--", "--all"),
    )
    for case in cases:
        assert main(case) == 2, case
        assert capsys.readouterr().out == ""
    record("hostile", "names that begin with a dash", len(cases), len(witness.seen))
    assert witness.seen == []
    assert repo.git("rev-parse", "HEAD") == before
    assert repo.changes() == []
