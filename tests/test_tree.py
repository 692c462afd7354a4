"""The fleet that this repository holds is what ``edgeops init`` writes."""

import shutil
from pathlib import Path

import pytest

from edgeops.__main__ import main

ROOT = Path(__file__).parent.parent
NAMES = ("edgeops.yaml", "base", "overlays", "clusters", ".edgeops")


def test_the_projects_own_tree_is_what_init_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    shutil.copy(ROOT / "edgeops.yaml", fleet)
    monkeypatch.chdir(tmp_path)

    assert main(["init", str(fleet), "-q"]) == 0

    written, kept = _contents(fleet), _contents(ROOT)
    assert sorted(written) == sorted(kept)
    for path, content in written.items():
        assert kept[path] == content, f"{path} is not what `make tree` would write"


def _contents(root: Path) -> dict[str, str]:
    files = [root / name for name in NAMES if (root / name).is_file()]
    for name in NAMES:
        files += [path for path in (root / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes().decode() for path in files}
