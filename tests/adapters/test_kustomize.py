import shutil
from pathlib import Path

import pytest

from edgeops.adapters import process
from edgeops.adapters.build_store import BuildStore
from edgeops.adapters.kustomize import Kustomize, packaged_kubectl
from edgeops.core.objects import Origin
from edgeops.errors import ProcessError

BASE = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [web.yaml]
"""
WEB = """\
# Two objects in one file.
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {since: 2024-01-01}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
"""
OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: demo
resources: [../../base]
configMapGenerator: [{name: made, literals: [a=b]}]
"""


@pytest.fixture
def root(tmp_path: Path) -> str:
    for path, text in {
        "base/kustomization.yaml": BASE,
        "base/web.yaml": WEB.replace("2024-01-01", "'2024-01-01'"),
        "overlays/one/kustomization.yaml": OVERLAY,
        "overlays/two/kustomization.yml": OVERLAY + "buildMetadata: [originAnnotations]\n",
        "overlays/broken/kustomization.yaml": "resources: [nothing.yaml]\n",
        "overlays/old/kustomization.yaml": "bases: [../../base]\n",
        "overlays/remote/kustomization.yaml": "resources: ['https://example.com/a/b.yaml']\n",
    }.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return str(tmp_path)


def test_the_version_is_that_of_kustomize_not_of_kubectl() -> None:
    assert Kustomize().version == "5.8.1"


def test_the_packaged_kubectl_is_found_without_a_path(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert Kustomize().build(root, ["overlays/one"])["overlays/one"].error is None


def test_a_build_gives_objects_without_origin_notes(root: str) -> None:
    build = Kustomize().build(root, ["overlays/one"])["overlays/one"]

    assert [str(item.key) for item in build.objects] == [
        "ConfigMap/demo/made-4h2mbtbbt6",
        "ConfigMap/demo/web",
        "Service/demo/web",
    ]
    assert {item.origin for item in build.objects} == {None}
    assert build.warnings == ""


def test_one_broken_overlay_does_not_disturb_the_others(root: str) -> None:
    builds = Kustomize().build(root, ["overlays/one", "overlays/broken", "overlays/none"])

    assert builds["overlays/one"].error is None
    assert "nothing.yaml" in (builds["overlays/broken"].error or "")
    assert builds["overlays/broken"].objects == ()
    assert builds["overlays/none"].error == "there is no directory overlays/none"
    assert root not in (builds["overlays/broken"].error or "")


def test_what_kustomize_says_although_it_succeeds_is_kept(root: str) -> None:
    build = Kustomize().build(root, ["overlays/old"])["overlays/old"]

    assert build.error is None
    assert "'bases' is deprecated" in build.warnings


def test_the_network_is_refused_with_advice(root: str) -> None:
    error = Kustomize().build(root, ["overlays/remote"])["overlays/remote"].error

    assert error is not None
    assert "builds without a network" in error


def test_origins_name_file_and_line(root: str) -> None:
    builds = Kustomize().build(root, ["overlays/one", "overlays/two"], origins=True)

    for overlay, file in (("one", "kustomization.yaml"), ("two", "kustomization.yml")):
        origins = {str(i.key): i.origin for i in builds[f"overlays/{overlay}"].objects}
        assert origins == {
            "ConfigMap/demo/made-4h2mbtbbt6": Origin(path=f"overlays/{overlay}/{file}"),
            "ConfigMap/demo/web": Origin(path="base/web.yaml", line=2),
            "Service/demo/web": Origin(path="base/web.yaml", line=7),
        }


def test_the_origin_annotation_goes_unless_the_user_asked_for_it(root: str) -> None:
    builds = Kustomize().build(root, ["overlays/one", "overlays/two"], origins=True)

    assert all("annotations" not in item.metadata for item in builds["overlays/one"].objects)
    assert all(
        "config.kubernetes.io/origin" in item.annotations for item in builds["overlays/two"].objects
    )


def test_another_kubectl_by_path(root: str, tmp_path: Path) -> None:
    other = tmp_path / "my-kubectl"
    shutil.copy(packaged_kubectl(), other)

    assert Kustomize(str(other)).version == "5.8.1"


def test_a_kustomize_by_path(root: str, tmp_path: Path) -> None:
    other = tmp_path / "kustomize"
    other.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "  'version -o json') echo '{\"version\": \"v5.6.0\"}' ;;\n"
        f"  build*) shift; exec '{packaged_kubectl()}' kustomize \"$@\" ;;\n"
        "  *) echo 'unknown flag: --client' >&2; exit 1 ;;\n"
        "esac\n"
    )
    other.chmod(0o755)
    kustomize = Kustomize(str(other))

    assert kustomize.version == "5.6.0"
    assert len(kustomize.build(root, ["overlays/one"])["overlays/one"].objects) == 3


def test_something_else_by_path() -> None:
    with pytest.raises(ProcessError, match=r"is neither a kustomize .* nor a kubectl"):
        Kustomize("true").version  # noqa: B018


def test_nothing_at_the_path(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="there is no kustomize at"):
        Kustomize(str(tmp_path / "kustomize")).build(str(tmp_path), [])


def test_the_packages_own_version_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BuildStore(folder=tmp_path / "builds")
    first = Kustomize(store=store)
    assert first.version == "5.8.1"
    monkeypatch.setattr(process, "run", lambda *_, **__: pytest.fail("it was asked again"))
    again = Kustomize(store=store)
    assert again.version == "5.8.1"
    with pytest.raises(pytest.fail.Exception):
        Kustomize("kubectl", store=store).version  # noqa: B018 - may be another one tomorrow
