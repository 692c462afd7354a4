"""What is remembered of builds: never another answer than kustomize's own."""

import concurrent.futures
import os
import sqlite3
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from edgeops.adapters.build_store import BuildStore, Row
from edgeops.adapters.builder import RememberingBuilder, RememberingRenderer
from edgeops.adapters.kustomize import Kustomize
from edgeops.adapters.repository import GitRepository
from edgeops.adapters.sources import FolderSource
from edgeops.ports import NO_EDITS, Build, Edit, NamedEdit
from tests.adapters.gitrepo import GitDir

KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
TREE = {
    "base/kustomization.yaml": KUSTOMIZATION + "resources: [web.yaml]\n",
    "base/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '1'}\n",
    "parts/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    "commonAnnotations: {part: 'yes'}\n",
    "overlays/one/kustomization.yaml": KUSTOMIZATION + "resources: [../../base]\n",
    "overlays/two/kustomization.yaml": KUSTOMIZATION
    + "resources: [../../base]\ncomponents: [../../parts]\n",
    "overlays/made/kustomization.yaml": KUSTOMIZATION
    + "resources: [below]\nconfigMapGenerator: [{name: made, files: [text/a.txt]}]\n",
    "overlays/made/text/a.txt": "hello\n",
    "overlays/made/below/kustomization.yaml": KUSTOMIZATION + "resources: [../../../base]\n",
}
OVERLAYS = ("overlays/one", "overlays/two", "overlays/made")


class Counting:
    """The real kustomize, and what it was asked to build."""

    def __init__(self) -> None:
        self.kustomize = Kustomize()
        self.built: list[str] = []

    @property
    def version(self) -> str:
        return self.kustomize.version

    def build(
        self,
        root: str,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, Edit] = NO_EDITS,
    ) -> Mapping[str, Build]:
        self.built += overlays
        return self.kustomize.build(root, overlays, origins=origins, edits=edits)


@pytest.fixture
def repo(tmp_path: Path) -> GitDir:
    made = GitDir(tmp_path / "repo")
    made.commit(TREE, "first")
    return made


@pytest.fixture
def store(tmp_path: Path) -> BuildStore:
    return BuildStore(folder=tmp_path / "cache" / "builds")


def told(builds: Mapping[str, Build]) -> dict[str, list[object]]:
    return {
        path: [[(item.body, item.origin) for item in build.objects], build.warnings, build.error]
        for path, build in builds.items()
    }


def build(
    repo: GitDir, store: BuildStore | None, rev: str = "HEAD", **more: NamedEdit
) -> tuple[dict[str, list[object]], list[str]]:
    """What a builder answers, and what it had kustomize build."""
    counting = Counting()
    edits = {path.replace("_", "/"): edit for path, edit in more.items()}
    with GitRepository(repo.root).source(rev, ["."]) as source:
        builds = RememberingBuilder(counting, store).build(
            source, OVERLAYS, origins=True, edits=edits
        )
    return told(builds), counting.built


def test_nothing_changed(repo: GitDir, store: BuildStore) -> None:
    first, built = build(repo, store)
    assert built == list(OVERLAYS)
    assert build(repo, store) == (first, [])
    assert first == build(repo, None)[0]


@pytest.mark.parametrize(
    ("path", "text", "again"),
    [
        ("overlays/one/kustomization.yaml", "namePrefix: x-\n", ["overlays/one"]),
        ("overlays/made/text/a.txt", "there\n", ["overlays/made"]),
        ("overlays/made/below/kustomization.yaml", "nameSuffix: -x\n", ["overlays/made"]),
        ("parts/kustomization.yaml", "namePrefix: y-\n", ["overlays/two"]),
        ("base/web.yaml", "immutable: true\n", list(OVERLAYS)),
        ("README.md", "words\n", []),
    ],
)
def test_what_an_edit_makes_build_again(
    repo: GitDir, store: BuildStore, path: str, text: str, again: list[str]
) -> None:
    build(repo, store)
    repo.commit({path: TREE.get(path, "") + text}, "edit")
    fresh, _ = build(repo, None)
    assert build(repo, store) == (fresh, again)
    assert build(repo, store, "HEAD~1")[1] == []


def test_what_an_engine_adds_is_built_by_itself(repo: GitDir, store: BuildStore) -> None:
    plain, _ = build(repo, store)
    edit = NamedEdit(apply=lambda was: {**was, "components": ["../../parts"]}, name="parts")
    edited, built = build(repo, store, overlays_one=edit)
    assert built == ["overlays/one"]
    assert edited["overlays/one"] != plain["overlays/one"]
    assert build(repo, store, overlays_one=edit) == (edited, [])
    # The directory that only the edit names counts, too.
    repo.commit({"parts/kustomization.yaml": TREE["parts/kustomization.yaml"] + "namePrefix: z-\n"})
    assert build(repo, store, overlays_one=edit)[1] == ["overlays/one", "overlays/two"]


def test_a_failure_is_not_remembered(repo: GitDir, store: BuildStore) -> None:
    repo.commit({"overlays/one/kustomization.yaml": "resources: [nothing.yaml]\n"}, "break")
    build(repo, store)
    assert build(repo, store)[1] == ["overlays/one"]


def test_a_link_is_followed_each_time(repo: GitDir, store: BuildStore) -> None:
    (repo.root / "overlays/one/web.yaml").symlink_to("../../base/web.yaml")
    repo.commit({}, "link")
    build(repo, store)
    assert build(repo, store)[1] == ["overlays/one"]


def test_a_folder_is_known_by_its_bytes(repo: GitDir, store: BuildStore) -> None:
    def built() -> list[str]:
        counting = Counting()
        RememberingBuilder(counting, store).build(FolderSource(str(repo.root)), OVERLAYS)
        return counting.built

    assert built() == list(OVERLAYS)
    assert built() == []
    (repo.root / "overlays/made/text/a.txt").write_text("other\n")
    assert built() == ["overlays/made"]


def test_the_memory_is_for_the_user_alone(repo: GitDir, store: BuildStore) -> None:
    build(repo, store)
    (place,) = store.folder.glob("*.sqlite3")
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    place.chmod(0o644)
    assert build(repo, store)[1] == list(OVERLAYS), "others could have written it"


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"x" * 99])
def test_a_broken_file_is_no_memory(repo: GitDir, store: BuildStore, content: bytes) -> None:
    expected, _ = build(repo, store)
    (place,) = store.folder.glob("*.sqlite3")
    for leftover in store.folder.glob("*.sqlite3-*"):
        leftover.unlink()
    place.write_bytes(content)
    assert build(repo, store) == (expected, list(OVERLAYS))


def test_a_row_that_was_tampered_with_is_not_taken(repo: GitDir, store: BuildStore) -> None:
    build(repo, store)
    (place,) = store.folder.glob("*.sqlite3")
    with sqlite3.connect(place) as database:
        database.execute("UPDATE builds SET content = replace(content, '1', '2')")
    assert build(repo, store) == (build(repo, None)[0], list(OVERLAYS))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written(repo: GitDir, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert build(repo, BuildStore(folder=tmp_path / "closed" / "builds"))[1] == list(OVERLAYS)


def test_a_file_where_the_folder_would_be(repo: GitDir, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert build(repo, BuildStore(folder=tmp_path / "file" / "builds"))[1] == list(OVERLAYS)


def test_it_stays_within_its_bounds(tmp_path: Path) -> None:
    store = BuildStore(folder=tmp_path / "builds", most_bytes=250)
    first, second, third = (
        Row(key=name, depends=b"{}", content=b"x" * 100) for name in ("a", "b", "c")
    )
    store.keep([first])
    store.keep([second])
    store.touch([first])
    store.keep([third])
    assert set(store.find(["a", "b", "c"])) == {"a", "c"}


def test_several_runs_at_once(tmp_path: Path) -> None:
    store = BuildStore(folder=tmp_path / "builds")

    def write(number: int) -> None:
        for step in range(20):
            row = Row(key=f"{number}-{step}", depends=b"{}", content=b"x")
            store.keep([row])
            store.touch([row])

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    keys = [f"{number}-{step}" for number in range(4) for step in range(20)]
    assert set(store.find(keys)) == set(keys)


def test_a_work_tree_is_built_once(tmp_path: Path, store: BuildStore, repo: GitDir) -> None:
    counting = Counting()
    first = RememberingRenderer(counting, store).build(str(repo.root), OVERLAYS)
    again = RememberingRenderer(counting, store).build(str(repo.root), OVERLAYS)
    assert counting.built == list(OVERLAYS)
    assert {path: [item.body for item in build.objects] for path, build in again.items()} == {
        path: [item.body for item in build.objects] for path, build in first.items()
    }
    (repo.root / "parts/kustomization.yaml").write_text(TREE["parts/kustomization.yaml"] + "# x\n")
    RememberingRenderer(counting, store).build(str(repo.root), OVERLAYS)
    assert counting.built == [*OVERLAYS, "overlays/two"]


def test_what_somebody_wrote_to_while_it_was_built_is_not_remembered(
    store: BuildStore, repo: GitDir
) -> None:
    class Edited(Counting):
        def build(
            self,
            root: str,
            overlays: Sequence[str],
            *,
            origins: bool = False,
            edits: Mapping[str, Edit] = NO_EDITS,
        ) -> Mapping[str, Build]:
            built = super().build(root, overlays, origins=origins, edits=edits)
            web = Path(root, "base/web.yaml")
            web.write_text(web.read_text().replace("'1'", "'2'"))
            return built

    RememberingRenderer(Edited(), store).build(str(repo.root), ["overlays/one"])
    counting = Counting()
    built = RememberingRenderer(counting, store).build(str(repo.root), ["overlays/one"])
    assert counting.built == ["overlays/one"]
    assert built["overlays/one"].objects[0].body["data"] == {"a": "2"}


def test_a_file_that_cannot_be_read_is_kustomizes_to_refuse(
    store: BuildStore, repo: GitDir
) -> None:
    os.mkfifo(repo.root / "overlays/one/pipe")
    counting = Counting()
    for _ in range(2):
        RememberingRenderer(counting, store).build(str(repo.root), ["overlays/one"])
    assert counting.built == ["overlays/one"] * 2
