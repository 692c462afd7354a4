"""Builds of long lists of files: the same as in one go, wherever kustomize could tell."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from edgeops.adapters import portions
from edgeops.adapters.kustomize import Kustomize
from edgeops.core import documents
from edgeops.core.objects import in_order
from edgeops.ports import Build

MANY = 2 * portions.FILES + 7


def _object(number: int) -> dict[str, Any]:
    kind = ("ConfigMap", "Namespace", "Secret")[number % 3]
    metadata = {"name": f"n{number:03}"} | ({} if kind == "Namespace" else {"namespace": "demo"})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def _folder(root: Path, **more: Any) -> Path:
    """A kustomization of many files; *more* are fields of it."""
    folder = root / "many"
    folder.mkdir()
    names = [f"f{number:03}.yaml" for number in range(MANY)]
    for number, name in enumerate(names):
        (folder / name).write_text(documents.dump_yaml(_object(number)))
    whole = {"resources": names, **more}
    (folder / "kustomization.yaml").write_text(documents.dump_yaml(whole))
    return folder


def _told(build: Build) -> list[Any]:
    return [(item.body, item.origin) for item in in_order(build.objects)]


def _cut(root: Path) -> int:
    with portions.cut(str(root), "many") as found:
        return len(found.portions)


@pytest.mark.parametrize("origins", [False, True], ids=["plain", "origins"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"labels": [{"pairs": {"team": "edge"}, "includeSelectors": True}]},
        {"commonAnnotations": {"team": "edge"}, "buildMetadata": ["originAnnotations"]},
    ],
    ids=["files", "labels", "annotations"],
)
def test_portions_make_what_the_whole_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], *, origins: bool
) -> None:
    _folder(tmp_path, **more)
    copy = tmp_path / "copy"  # a build with origins edits what it builds
    shutil.copytree(tmp_path / "many", copy / "many")
    assert _cut(tmp_path) == 3
    kustomize = Kustomize()
    cut = kustomize.build(str(tmp_path), ["many"], origins=origins)["many"]
    monkeypatch.setattr(portions, "FILES", MANY)
    assert _cut(copy) == 0
    whole = kustomize.build(str(copy), ["many"], origins=origins)["many"]
    assert len(whole.objects) == MANY
    assert (cut.error, cut.warnings) == (whole.error, whole.warnings) == (None, "")
    assert _told(cut) == _told(whole)


@pytest.mark.parametrize(
    "more",
    [
        {"namespace": "other"},
        {"namePrefix": "a-"},
        {"patches": [{"patch": "[]", "target": {"kind": "ConfigMap"}}]},
        {"configMapGenerator": [{"name": "made", "literals": ["a=b"]}]},
        {"components": ["../component"]},
        {"sortOptions": {"order": "fifo"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_may_look_at_all_objects_is_built_whole(tmp_path: Path, more: dict[str, Any]) -> None:
    _folder(tmp_path, **more)
    assert _cut(tmp_path) == 0


def test_what_is_no_plain_file_here_is_built_whole(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "f000.yaml").unlink()
    assert _cut(tmp_path) == 0  # and kustomize says what is missing
    (tmp_path / "away.yaml").write_text(documents.dump_yaml(_object(0)))
    (folder / "f000.yaml").symlink_to(tmp_path / "away.yaml")
    assert _cut(tmp_path) == 0
    (folder / "f000.yaml").unlink()
    (folder / "f000.yaml").mkdir()
    assert _cut(tmp_path) == 0


def test_a_folder_through_a_link_is_not_read(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    _folder(outside)
    (root / "many").symlink_to(outside / "many")
    assert _cut(root) == 0
    assert "outside" in str(Kustomize().build(str(root), ["many"])["many"].error)


def test_an_object_twice_is_refused_as_ever(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    # To kustomize no namespace is `default`.
    first, last = folder / "f000.yaml", folder / f"f{MANY - 1:03}.yaml"
    twin = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "twin"}}
    first.write_text(documents.dump_yaml(twin))
    twin["metadata"] = {"name": "twin", "namespace": "default"}
    last.write_text(documents.dump_yaml(twin))
    assert _cut(tmp_path) == 3
    build = Kustomize().build(str(tmp_path), ["many"])["many"]
    assert "already registered id" in str(build.error)


def test_a_file_that_cannot_be_read_is_named_as_ever(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "f060.yaml").write_text("a: [")
    build = Kustomize().build(str(tmp_path), ["many"])["many"]
    assert "f060.yaml" in str(build.error)


def test_a_file_that_cannot_be_copied_is_left_to_kustomize(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _folder(tmp_path)

    def gone(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(shutil, "copyfile", gone)
    assert _cut(tmp_path) == 0
    assert len(Kustomize().build(str(tmp_path), ["many"])["many"].objects) == MANY
