"""The same pair in every shape in which kubectl prints objects, through the program itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus

GIT: list[dict[str, Any]] = [
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    for namespace in ("shop", "stock")
]
_FILLED = {
    "clusterIP": "10.96.0.10",
    "clusterIPs": ["10.96.0.10"],
    "internalTrafficPolicy": "Cluster",
    "ipFamilies": ["IPv4"],
    "ipFamilyPolicy": "SingleStack",
    "sessionAffinity": "None",
    "type": "ClusterIP",
}


def live(item: dict[str, Any], *, port: int = 80, owned: bool = True) -> dict[str, Any]:
    """A Service as the API server gives it, with or without managedFields."""
    key = f'k:{{"port":{port},"protocol":"TCP"}}'
    spec: dict[str, Any] = {
        "f:selector": {},
        "f:ports": {key: {".": {}, "f:port": {}, "f:targetPort": {}}},
    }
    entry = {
        "manager": "argocd-controller",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": spec},
        "time": "2026-01-31T09:00:00Z",
    }
    meta = {**item["metadata"], "uid": "1", "resourceVersion": "7", "generation": 1}
    if owned:
        meta["managedFields"] = [entry]
    ports = [{"port": port, "protocol": "TCP", "targetPort": port}]
    return {
        **item,
        "metadata": meta,
        "spec": {**item["spec"], **_FILLED, "ports": ports},
        "status": {"loadBalancer": {}},
    }


def untyped(items: list[dict[str, Any]]) -> str:
    """As the API answers a list: its items leave their type out."""
    bare = [
        {name: value for name, value in item.items() if name not in {"apiVersion", "kind"}}
        for item in items
    ]
    return json.dumps({"apiVersion": "v1", "kind": "ServiceList", "items": bare})


SHAPES: dict[str, Callable[[list[dict[str, Any]]], dict[str, str]]] = {
    "list-in-json": lambda items: {
        "dump.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    },
    "list-in-yaml": lambda items: {
        "dump.yaml": documents.dump_yaml({"apiVersion": "v1", "kind": "List", "items": items})
    },
    "list-of-a-kind": lambda items: {"dump.json": untyped(items)},
    "documents": lambda items: {"dump.yaml": "---\n".join(map(documents.dump_yaml, items))},
    "a-file-each": lambda items: {
        f"{item['metadata']['namespace']}/web.yaml": documents.dump_yaml(item) for item in items
    },
    "a-list-each-namespace": lambda items: {
        f"{item['metadata']['namespace']}.json": json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": [item]}
        )
        for item in items
    },
}


def asked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    desired: list[dict[str, Any]],
    files: dict[str, str],
) -> tuple[ExitStatus, dict[str, Any]]:
    for name, text in files.items():
        file = tmp_path / "live" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git = tmp_path / "git.json"
    git.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": desired}))
    place = str(tmp_path / "live")
    status = main(["drift", "--desired", str(git), "--live", place, "-o", "json"])
    return ExitStatus(status), json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("owned", [(True, True), (False, False), (True, False)])
def test_every_shape_of_a_dump(
    shape: str, owned: tuple[bool, bool], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [live(item, owned=known) for item, known in zip(GIT, owned, strict=True)]
    status, report = asked(tmp_path, capsys, GIT, SHAPES[shape](items))
    assert (status, report["findings"]) == (ExitStatus.OK, [])
    assert report["summary"]["synced"] == 2

    items[1] = live(GIT[1], port=81, owned=owned[1])
    status, report = asked(tmp_path, capsys, GIT, SHAPES[shape](items))
    assert status is ExitStatus.FINDINGS
    assert [
        (finding["namespace"], field["change"], field["path"])
        for finding in report["findings"]
        for field in finding["fields"]
    ] == [
        ("stock", "removed", "spec.ports[port=80,protocol=TCP]"),
        ("stock", "added", "spec.ports[port=81,protocol=TCP]"),
    ]


def test_an_object_without_a_namespace_where_two_could_be_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It belongs to ``default`` then, and the two are nobody's to compare."""
    bare = {**GIT[0], "metadata": {"name": "web"}}
    files = {"dump.yaml": "---\n".join(documents.dump_yaml(live(item)) for item in GIT)}
    status, report = asked(tmp_path, capsys, [bare], files)
    assert status is ExitStatus.FINDINGS
    assert [(item["drift"], item["namespace"]) for item in report["findings"]] == [
        ("Missing", "default")
    ]
    one = {"dump.yaml": documents.dump_yaml(live(GIT[1]))}
    status, report = asked(tmp_path, capsys, [bare], one)
    assert (status, report["findings"]) == (ExitStatus.OK, [])


def test_values_of_encrypted_objects_are_in_no_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cipher = "ENC[AES256_GCM,data:eA==,iv:eQ==,tag:eg==,type:str]"
    git = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "login", "namespace": "shop"},
        "data": {"a": cipher, "b": cipher},
        "sops": {"mac": cipher, "version": "3.9.0"},
    }
    found = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "login", "namespace": "shop"},
        "data": {"a": "hunter2", "c": "hunter3"},
    }
    status, report = asked(tmp_path, capsys, [git], {"dump.json": json.dumps(found)})
    assert status is ExitStatus.FINDINGS
    (finding,) = report["findings"]
    assert [(field["change"], field["path"]) for field in finding["fields"]] == [
        ("removed", "data.b"),
        ("added", "data.c"),
    ]
    assert any("Encrypted by SOPS in git: 1 value in 1 object" in note for note in report["notes"])
    for more in ([], ["--explain", "configmap/login"]):
        for form in ("table", "json", "yaml"):
            place = ["--desired", str(tmp_path / "git.json"), "--live", str(tmp_path / "live")]
            main(["drift", *place, "-o", form, *more])
            shown = capsys.readouterr()
            assert "hunter" not in shown.out + shown.err


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nitems: []\nkind: List\nmetadata: {resourceVersion: ''}\n",
        json.dumps({"apiVersion": "v1", "kind": "ServiceList", "items": []}),
    ],
    ids=["what kubectl says", "what the API says"],
)
def test_an_empty_list_is_a_dump_of_nothing(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desired, dump = tmp_path / "git.yaml", tmp_path / "live.yaml"
    desired.write_text("---\n".join(documents.dump_yaml(item) for item in GIT))
    dump.write_text(text)
    arguments = ["drift", "--desired", str(desired), "--live", str(dump), "-o", "json"]
    assert main(arguments) is ExitStatus.FINDINGS
    assert json.loads(capsys.readouterr().out)["summary"]["missing"] == len(GIT)
