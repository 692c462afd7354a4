"""``edgeops zone``, ``plan`` and ``nodes`` through the real entry point."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from tests.adapters.gitrepo import GitDir, isolate
from tests.core.fleets import SAMPLE, edited
from tests.usecases.test_plan import digest

pytestmark = pytest.mark.usefixtures("isolated")

EDGE, NEW = "us-west-2-lax-1a", "us-west-2-phx-2a"
NAMESPACE = f"demo-app-{NEW}"
Run = Callable[..., tuple[int, str, str]]


def fleet(root: Path, text: str = SAMPLE) -> GitDir:
    root.mkdir()
    (root / "edgeops.yaml").write_text(text)
    assert main(["init", str(root), "-q"]) == 0
    return GitDir(root)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(tmp_path / "f", capsys)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> GitDir:
    """A fleet that no test changes."""
    root = tmp_path_factory.mktemp("kept") / "f"
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, root.parent / "home")
        return fleet(root)


@pytest.fixture
def ask(kept: GitDir, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in `kept`."""
    return runner(kept.root, capsys)


def runner(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*args: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([args[0], *args[1:], "-C", str(root)])
        shown = capsys.readouterr()
        return int(status), shown.out, shown.err

    return run


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("engine", ["argocd", "flux"])
@pytest.mark.parametrize("mesh", ["enterprise", "community"])
def test_a_zone_comes_and_goes(tmp_path: Path, run: Run, engine: str, mesh: str) -> None:
    text = edited(
        ("engine: argocd", f"engine: {engine}"), ("edition: enterprise", f"edition: {mesh}")
    )
    repo = fleet(tmp_path / "f", text)
    before = tree(repo.root)

    assert run("zone", "add", NEW)[0] == 0
    touched = repo.git("diff", "--name-only", "HEAD~1", "--", ":!.edgeops").splitlines()
    own = f"overlays/edge-usw2/{NEW}/"
    engine_files = {
        "argocd": {"clusters/edge-usw2/argocd/project.yaml"},
        "flux": {
            "clusters/edge-usw2/flux/kustomization.yaml",
            f"clusters/edge-usw2/flux/access-{NEW}.yaml",
            f"clusters/edge-usw2/flux/zone-{NEW}.yaml",
        },
    }[engine]
    elsewhere = {path for path in touched if not path.startswith(own)}
    assert elsewhere == {
        "edgeops.yaml", "overlays/edge-usw2/region/intentions.yaml", *engine_files,
    }  # fmt: skip
    removed = repo.git("diff", "--numstat", "HEAD~1", "--", ":!.edgeops").splitlines()
    assert all(line.split()[1] == "0" for line in removed)

    status, out, err = run("zone", "remove", NEW, "--yes")
    assert status == 0
    assert "pruned by the engine" in out
    assert f"edgeops zone remove edge-usw2/{NEW}" in err
    touched = repo.git("diff", "--name-only", "HEAD~1", "--", ":!.edgeops").splitlines()
    assert all(path == "edgeops.yaml" or path.startswith(own) for path in touched)
    assert (repo.root / own / "zone.yaml").exists()

    status, out, err = run("zone", "remove", NEW, "--yes")
    assert status == 0
    assert f"kubectl --context edge-usw2 delete namespace {NAMESPACE}" in err
    assert ("delete applications.argoproj.io" in err) is (engine == "argocd")
    assert tree(repo.root) == before
    assert repo.git("status", "--porcelain") == ""
    subjects = repo.git("log", "--format=%s").splitlines()
    assert subjects[:3] == [
        f"Remove the zone {NEW}", f"Let the zone {NEW} leave", f"Add the zone {NEW}",
    ]  # fmt: skip


FORMATTER = """\
for file in $(git diff --cached --name-only --diff-filter=AM -- base overlays clusters); do
  sed -i "/^#/!s/'/\\"/g" "$file" && git add "$file"
done
"""


def test_a_hook_that_formats_every_file_is_content_with_us(tmp_path: Path, run: Run) -> None:
    """What it makes of our files is in the commit and in the index, and no edit of a person."""
    repo = fleet(tmp_path / "f")
    zone = f"overlays/edge-usw2/{NEW}"
    repo.hook("pre-commit", f"{FORMATTER}\necho '# (c)' >> {zone}/zone.yaml; git add {zone}")
    assert run("zone", "add", NEW)[0] == 0
    assert repo.git("status", "--porcelain") == ""
    assert 'sync-wave: "-1"' in (repo.root / zone / "defaults.yaml").read_text()
    assert (repo.root / zone / "zone.yaml").read_text().endswith("# (c)\n")
    repo.hook("pre-commit", FORMATTER)
    head = repo.git("rev-parse", "HEAD")

    assert main(["init", str(repo.root), "-q"]) == 0
    assert repo.git("rev-parse", "HEAD") == head
    assert run("zone", "remove", NEW, "--yes")[0] == 0
    assert repo.git("status", "--porcelain") == ""
    _, _, err = run("zone", "remove", NEW, "--yes")
    assert f"{zone}/zone.yaml: your edit was deleted with its file" in err
    assert not (repo.root / zone).exists()
    assert repo.git("status", "--porcelain") == ""


def test_while_a_zone_leaves_init_changes_nothing_and_add_brings_it_back(
    tmp_path: Path, run: Run
) -> None:
    repo = fleet(tmp_path / "f")
    before = tree(repo.root)
    assert run("zone", "remove", EDGE, "--yes")[0] == 0
    head = repo.git("rev-parse", "HEAD")

    assert main(["init", str(repo.root), "-q"]) == 0
    assert repo.git("rev-parse", "HEAD") == head
    listed = json.loads(run("zone", "list", "-o", "json")[1])
    assert [(zone["zone"], zone["stage"]) for zone in listed["zones"]] == [
        (EDGE, "leaving"), ("us-west-2-wl1-las-wlz-1", "active"),
    ]  # fmt: skip
    assert (listed["kind"], listed["status"]) == ("ZoneList", "Leaving")

    assert run("zone", "add", EDGE)[0] == 0
    assert tree(repo.root) == before


def test_the_project_allows_the_kinds_of_a_zone_until_it_is_gone(tmp_path: Path, run: Run) -> None:
    """Argo CD prunes no kind that the project does not allow."""
    only = "- {name: us-west-2-lax-1a, expose: alb, ingressSubnets: [subnet-1]}"
    repo = fleet(tmp_path / "f", edited(("- us-west-2-lax-1a", only)))
    project = repo.root / "clusters" / "edge-usw2" / "argocd" / "project.yaml"
    assert "kind: Ingress" in project.read_text()

    assert run("zone", "remove", EDGE, "--yes")[0] == 0
    assert "kind: Ingress" in project.read_text()
    assert run("zone", "remove", EDGE, "--yes")[0] == 0
    assert "kind: Ingress" not in project.read_text()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("remove", "nowhere", "--yes"), "there is no zone 'nowhere'; there are edge-usw2/us"),
        (("remove", EDGE), "there is no terminal to ask on: add --yes"),
        (("add", "us-west-2-lax-9z"), "is not known (did you mean"),
        (("add", f"other/{NEW}"), "there is no cluster 'other'; there are edge-usw2"),
        (("add", EDGE, "--type", "wavelength-zone"), "is a local-zone in edge-usw2"),
        (("add", "us-east-1-bos-1a"), "belongs to us-east-1"),
        (("add", "us-west-2a"), "is an Availability Zone"),
        (("list", "--cluster", "other"), "no cluster other"),
        (("list", "--live", "x", "--context", "y"), "--live and --context cannot stand together"),
        (("add", NEW, "--no-commit", "--push"), "--no-commit and --push cannot stand together"),
    ],
)  # fmt: skip
def test_bad_input_changes_nothing(
    kept: GitDir, ask: Run, args: tuple[str, ...], told: str
) -> None:
    before = digest(kept.root)

    status, out, err = ask("zone", *args)

    assert (status, out) == (2, "")
    assert told in err
    assert digest(kept.root) == before


def test_a_zone_of_two_clusters_wants_its_cluster(tmp_path: Path, run: Run) -> None:
    second = (
        f"    - name: second\n      region: us-west-2\n      availabilityZones: [us-west-2c]\n"
        f"      zones: [{EDGE}]\n"
    )
    repo = fleet(tmp_path / "f", SAMPLE + second)

    status, _, err = run("zone", "remove", EDGE, "--yes")
    assert status == 2
    assert f"say edge-usw2/{EDGE} or second/{EDGE}" in err
    status, _, err = run("zone", "add", NEW)
    assert status == 2
    assert f"say CLUSTER/{NEW}" in err
    assert run("zone", "add", f"second/{NEW}")[0] == 0
    assert run("zone", "remove", EDGE, "--cluster", "second", "--yes")[0] == 0
    touched = repo.git("diff", "--name-only", "HEAD~2", "--", ":!.edgeops").splitlines()
    assert not [path for path in touched if "edge-usw2" in path]


def test_a_tree_that_is_behind_is_put_right_first(tmp_path: Path, run: Run) -> None:
    repo = fleet(tmp_path / "f")
    text = (repo.root / "edgeops.yaml").read_text().replace("replicas: 3", "replicas: 4")
    (repo.root / "edgeops.yaml").write_text(text)
    repo.git("commit", "-qam", "More")

    for args in (("add", NEW), ("remove", EDGE, "--yes")):
        status, _, err = run("zone", *args)
        assert status == 2
        assert "run 'edgeops init' first" in err
    assert repo.git("status", "--porcelain") == ""


def test_an_overlay_that_renders_more_is_not_dropped(tmp_path: Path, run: Run) -> None:
    repo = fleet(tmp_path / "f")
    assert run("zone", "remove", EDGE, "--yes")[0] == 0
    namespace = repo.root / "overlays" / "edge-usw2" / EDGE / "namespace.yaml"
    mine = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"
    namespace.write_text(namespace.read_text() + mine)
    repo.git("commit", "-qam", "Mine")
    before = digest(repo.root)

    status, _, err = run("zone", "remove", EDGE, "--yes")

    assert status == 2
    assert f"renders more than its Namespace, by an edit: ConfigMap/demo-app-{EDGE}/mine" in err
    assert digest(repo.root) == before


def test_dry_runs_and_plan_write_nothing(kept: GitDir, ask: Run) -> None:
    before = digest(kept.root)

    for args in (
        ("zone", "add", NEW, "--dry-run"),
        ("zone", "remove", EDGE, "--dry-run"),
        ("init", "--zone", NEW, "--dry-run"),
        ("plan",),
    ):
        assert ask(*args)[0] == 0
    assert ask("zone", "add", NEW, "--dry-run", "--exit-code")[0] == 1
    assert ask("plan", "--exit-code")[0] == 0
    assert digest(kept.root) == before


def test_the_document_of_a_plan(ask: Run) -> None:
    status, out, _ = ask("zone", "add", NEW, "--dry-run", "-o", "json")

    document = json.loads(out)
    assert status == 0
    assert (document["apiVersion"], document["kind"], document["status"]) == (
        "edgeops.dev/v1alpha1", "Plan", "Changed",
    )  # fmt: skip
    assert {entry["type"] for entry in document["changes"]} == {"file", "object"}
    assert {"type": "file", "path": "edgeops.yaml", "change": "update"} in document["changes"]
    resolver = next(
        entry
        for entry in document["changes"]
        if entry.get("kind") == "ServiceResolver" and entry["name"] == "postgres"
    )
    assert resolver == {
        "type": "object", "cluster": "edge-usw2", "zone": NEW,
        "apiVersion": "consul.hashicorp.com/v1alpha1", "kind": "ServiceResolver",
        "namespace": NAMESPACE, "name": "postgres", "change": "appears",
        "fields": [], "reason": None, "source": None,
    }  # fmt: skip
    region = next(zone for zone in document["zones"] if zone["zone"] == "region")
    assert region["updated"] == 6
    assert ask("plan", "-o", "json")[1].count('"type"') == 0


def test_a_plan_without_the_file(tmp_path: Path, run: Run) -> None:
    (tmp_path / "f").mkdir()
    status, _, err = run("plan")
    assert status == 2
    assert "there is no edgeops.yaml here" in err


def node(name: str, zone: str | None, *taints: str) -> dict[str, object]:
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    parts = [taint.replace("=", ":").split(":") for taint in taints]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": [{"key": key, "value": value, "effect": effect}
                            for key, value, effect in parts]},
    }  # fmt: skip


def dump(tmp_path: Path, *nodes: dict[str, object]) -> str:
    file = tmp_path / "nodes.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(nodes)}))
    return str(file)


TAINT = "edgeops.dev/edge"


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ([node("a", EDGE, f"{TAINT}={EDGE}:NoSchedule"), node("r", "us-west-2a")], []),
        ([node("a", EDGE)], [f"lacks the taint {TAINT}={EDGE}:NoSchedule"]),
        (
            [node("a", EDGE, f"{TAINT}=other:NoSchedule")],
            [f"has the taint {TAINT}=other:NoSchedule", "lacks the taint"],
        ),
        (
            [node("a", EDGE, f"{TAINT}={EDGE}:NoSchedule", f"{TAINT}={EDGE}:NoExecute")],
            [f"has the taint {TAINT}={EDGE}:NoExecute"],
        ),
        ([node("a", None)], ["has no label topology.kubernetes.io/zone"]),
        (
            [node("r", "us-west-2a", f"{TAINT}=x:NoSchedule")],
            ["is in the Region and has the taint"],
        ),
        ([node("a", EDGE, f"{TAINT}={EDGE}:NoSchedule", "dedicated=x:NoSchedule")], []),
        ([node("p", NEW)], [f"lacks the taint {TAINT}={NEW}:NoSchedule"]),
    ],
)
def test_nodes_that_lack_something_are_named(
    tmp_path: Path, ask: Run, nodes: list[dict[str, object]], told: list[str]
) -> None:
    status, out, _ = ask("nodes", "--live", dump(tmp_path, *nodes), "-o", "json")

    document = json.loads(out)
    assert status == bool(told)
    assert document["status"] == ("Problems" if told else "Fine")
    problems = [item["problem"] for item in document["problems"]]
    assert len(problems) == len(told)
    assert all(text in problem for text, problem in zip(told, problems, strict=True))


def test_zones_with_nodes_and_without_an_overlay_are_proposed(tmp_path: Path, ask: Run) -> None:
    live = dump(
        tmp_path,
        node("a", EDGE),
        node("p", NEW),
        node("x", "us-west-2-xyz-zone"),
        node("r", "us-west-2c"),
        node("e", "us-east-1-bos-1a"),
    )

    listed = json.loads(ask("zone", "list", "--live", live, "--discover", "-o", "json")[1])

    assert [(zone["zone"], zone["nodes"]) for zone in listed["zones"]] == [
        (EDGE, ["a"]), ("us-west-2-wl1-las-wlz-1", []),
    ]  # fmt: skip
    assert [(zone["zone"], zone["type"], zone["nodes"]) for zone in listed["proposed"]] == [
        (NEW, "local-zone", ["p"]), ("us-west-2-xyz-zone", None, ["x"]),
    ]  # fmt: skip
    shown = ask("zone", "list", "--live", live, "--discover")[1]
    assert f"edgeops zone add edge-usw2/{NEW}   # p" in shown
    assert "us-west-2-xyz-zone --type local-zone|wavelength-zone" in shown


def test_without_a_question_nobody_is_asked_for_nodes(ask: Run) -> None:
    listed = json.loads(ask("zone", "list", "-o", "json")[1])
    assert [zone["nodes"] for zone in listed["zones"]] == [None, None]
    needs = json.loads(ask("nodes", "-o", "json")[1])
    assert needs["status"] == "NotChecked"


def test_what_nodes_need_in_the_words_of_those_who_make_them(ask: Run) -> None:
    assert ask("nodes", "-o", "kubelet")[1].splitlines()[:3] == [
        f"# edge-usw2/{EDGE}",
        f"--node-labels=topology.kubernetes.io/zone={EDGE}",
        f"--register-with-taints={TAINT}={EDGE}:NoSchedule",
    ]
    config = documents.load(ask("nodes", "-o", "eksctl")[1])
    assert config["kind"] == "ClusterConfig"
    local, wavelength = config["nodeGroups"]
    assert local["localZones"] == [EDGE]
    assert "localZones" not in wavelength
    assert wavelength["taints"] == [
        {"key": TAINT, "value": "us-west-2-wl1-las-wlz-1", "effect": "NoSchedule"}
    ]
