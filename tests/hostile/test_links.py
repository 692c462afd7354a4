"""Symbolic links that lead out of the repository: nothing outside is shown, and nothing changed."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgeops.__main__ import main
from tests.adapters.gitrepo import GitDir, isolate
from tests.crash.site import FLEET
from tests.hostile.test_nothing_runs import READING
from tests.reliability import record

pytestmark = pytest.mark.usefixtures("isolated")

CANARY = "5tolen-0utside"
WRITING = {
    "init": ("init", "-q"),
    "init --no-commit": ("init", "-q", "--no-commit"),
    "init --force": ("init", "-q", "--force"),
    "zone add": ("zone", "add", "us-west-2-las-1a", "-q"),
    "zone remove": ("zone", "remove", "us-west-2-lax-1a", "--yes", "-q"),
}
LINKS = (
    "edgeops.yaml",
    ".edgeops",
    ".edgeops/files.yaml",
    ".edgeops/generated",
    "base",
    "base/kustomization.yaml",
    "overlays",
    "overlays/edge/us-west-2-lax-1a",
    "overlays/edge/us-west-2-lax-1a/kustomization.yaml",
    "clusters",
    "ignore.yaml",
    "live.yaml",
)
IGNORING = ("drift", "--live", "live.yaml", "--ignore-file", "ignore.yaml")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as `init` makes it, with an ignore file and a dump."""
    folder = tmp_path_factory.mktemp("links")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, folder / "home")
        repo = GitDir(folder / "repo")
        repo.write({"edgeops.yaml": FLEET.replace(", path: fleet", "")})
        (repo.root / "live.yaml").write_text("apiVersion: v1\nkind: List\nitems: []\n")
        (repo.root / "ignore.yaml").write_text("- kind: ConfigMap\n  fields: [data]\n")
        assert main(["init", "-q", "-C", str(repo.root)]) == 0
        repo.git("add", ".")
        repo.git("commit", "--quiet", "-m", "all")
    return repo.root


def _snapshot(root: Path) -> Mapping[str, bytes]:
    return {
        str(item.relative_to(root)): item.read_bytes()
        for item in sorted(root.rglob("*"))
        if item.is_file()
    }


@pytest.mark.parametrize("link", LINKS)
def test_a_link_out_of_the_repository(
    made: Path,
    tmp_path: Path,
    link: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    escapes = []
    commands = {**READING, "drift --ignore-file": IGNORING, **WRITING}
    for number, (name, command) in enumerate(commands.items()):
        repo, outside = tmp_path / f"repo{number}", tmp_path / f"outside{number}"
        shutil.copytree(made, repo, symlinks=True)
        outside.mkdir()
        place = repo / link
        away = outside / "taken"
        place.rename(away)
        for file in [away] if away.is_file() else [f for f in away.rglob("*") if f.is_file()]:
            file.write_text(f"{CANARY}: [{CANARY}\n")
        place.symlink_to(away)
        before = _snapshot(outside)
        monkeypatch.chdir(repo)
        capsys.readouterr()
        status = main(command)
        said = capsys.readouterr()
        assert status in {0, 1, 2}, (name, said)
        if CANARY in said.out + said.err:
            escapes.append(f"{name}: shows what is outside: {said}")
        if _snapshot(outside) != before:
            escapes.append(f"{name}: changes what is outside")
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(repo)
    record("hostile", f"{link} is a link × commands", len(commands), len(escapes))
    assert escapes == []
