"""What the repository's files are, and what of them changes when the fleet does."""

import difflib
from pathlib import Path
from typing import Any

import pytest

from edgeops.adapters.package_data import zone_catalogue
from edgeops.core.documents import load, load_all
from edgeops.core.fleet.model import Fleet
from edgeops.core.fleet.spec import parse_fleet
from edgeops.core.plan.repository import (
    engine_directory,
    next_steps,
    plan_repository,
    yielded_applications,
)
from tests.core.fleets import ENGINES, MESHES, OWN_APP, SAMPLE, fleet, variant

PROJECT = Path(__file__).parents[2]
DIRECTORIES = ("base", "overlays", "clusters")


def planned(result: Fleet) -> dict[str, str]:
    return {file.path: file.content for file in plan_repository(result)}


def test_the_projects_own_fleet_is_what_is_planned_for_it() -> None:
    text = (PROJECT / "edgeops.yaml").read_text(encoding="utf-8")
    result, warnings = parse_fleet(text, catalogue=zone_catalogue())
    assert warnings == ()
    there = {
        path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
        for directory in DIRECTORIES
        for path in (PROJECT / directory).rglob("*")
        if path.is_file()
    }
    assert there == planned(result)


def test_the_tree() -> None:
    assert (
        "\n".join(planned(fleet()))
        == """\
base/default.conf
base/frontend.yaml
base/kustomization.yaml
base/nginx.yaml
base/payments.yaml
base/postgres-credentials.yaml
base/product-api.yaml
base/public-api.yaml
clusters/edge-usw2/argocd/application.yaml
clusters/edge-usw2/argocd/applicationset.yaml
clusters/edge-usw2/argocd/kustomization.yaml
clusters/edge-usw2/argocd/project.yaml
overlays/edge-usw2/region/intentions.yaml
overlays/edge-usw2/region/kustomization.yaml
overlays/edge-usw2/region/namespace.yaml
overlays/edge-usw2/region/placement.yaml
overlays/edge-usw2/region/postgres-replica.yaml
overlays/edge-usw2/region/postgres.yaml
overlays/edge-usw2/region/resolvers.yaml
overlays/edge-usw2/region/spread.yaml
overlays/edge-usw2/region/zone.yaml
overlays/edge-usw2/us-west-2-lax-1a/defaults.yaml
overlays/edge-usw2/us-west-2-lax-1a/intentions.yaml
overlays/edge-usw2/us-west-2-lax-1a/kustomization.yaml
overlays/edge-usw2/us-west-2-lax-1a/namespace.yaml
overlays/edge-usw2/us-west-2-lax-1a/placement.yaml
overlays/edge-usw2/us-west-2-lax-1a/resolvers.yaml
overlays/edge-usw2/us-west-2-lax-1a/zone.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/defaults.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/intentions.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/kustomization.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/namespace.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/placement.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/resolvers.yaml
overlays/edge-usw2/us-west-2-wl1-las-wlz-1/zone.yaml"""
    )


@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_same_fleet_same_bytes_and_every_file_is_clean(engine: str, mesh: str) -> None:
    result = variant(engine, mesh)
    files = plan_repository(result)
    assert files == plan_repository(result)
    assert [file.path for file in files] == sorted({file.path for file in files})
    for file in files:
        assert file.content.endswith("\n"), file.path
        assert not file.content.endswith("\n\n"), file.path
        assert not any(line != line.rstrip() for line in file.content.split("\n")), file.path
        if file.path.endswith(".yaml"):
            assert file.content.startswith("# "), file.path
            assert load_all(file.content), file.path
            assert ": null" not in file.content, file.path


def test_the_engine_changes_nothing_outside_its_folder() -> None:
    argocd, flux = (planned(variant(engine)) for engine in ENGINES)
    outside = [
        {path: text for path, text in files.items() if not path.startswith("clusters/")}
        for files in (argocd, flux)
    ]
    assert outside[0] == outside[1]
    assert {path.split("/")[2] for path in argocd if path.startswith("clusters/")} == {"argocd"}
    assert {path.split("/")[2] for path in flux if path.startswith("clusters/")} == {"flux"}


# The lines that another zone adds to files that are there: three for each destination of the
# Region that it calls (name, namespace, action; Community has no namespace), two and three in
# the project, two in Flux's list.
@pytest.mark.parametrize(
    ("engine", "mesh", "expected"),
    [
        (
            "argocd",
            "consul-enterprise",
            {"overlays/edge-usw2/region/intentions.yaml": 18, "argocd/project.yaml": 5},
        ),
        (
            "argocd",
            "consul-community",
            {"overlays/edge-usw2/region/intentions.yaml": 12, "argocd/project.yaml": 5},
        ),
        ("argocd", "none", {"argocd/project.yaml": 5}),
        (
            "flux",
            "consul-enterprise",
            {"overlays/edge-usw2/region/intentions.yaml": 18, "flux/kustomization.yaml": 2},
        ),
        ("flux", "none", {"flux/kustomization.yaml": 2}),
    ],
)
@pytest.mark.parametrize("place", ["first", "last"])
def test_another_zone_adds_its_files_and_few_lines(
    engine: str, mesh: str, expected: dict[str, int], place: str
) -> None:
    old = "        - us-west-2-lax-1a\n" if place == "first" else "          replicas: 3\n"
    new = "        - us-west-2-den-1a\n"
    edit = (old, new + old if place == "first" else old + new)
    before = planned(variant(engine, mesh))
    after = planned(variant(engine, mesh, edit))
    own = {path for path in after if path not in before}
    assert set(before) <= set(after)
    assert all("us-west-2-den-1a" in path for path in own)
    changed = {}
    for path, text in before.items():
        lines = [
            line
            for line in difflib.ndiff(text.splitlines(), after[path].splitlines())
            if line[0] in "+-"
        ]
        assert all(line.startswith("+") for line in lines), path
        if lines:
            changed[path] = len(lines)
    assert changed == {
        path if path.startswith("overlays") else f"clusters/edge-usw2/{path}": count
        for path, count in expected.items()
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_another_cluster_touches_nothing_of_the_first(engine: str) -> None:
    again = SAMPLE.partition("  clusters:\n")[2].replace("edge-usw2", "other")
    one = variant(engine)
    text = SAMPLE.replace("engine: argocd", f"engine: {engine}") + again
    two, _ = parse_fleet(text, catalogue=zone_catalogue())
    before, after = planned(one), planned(two)
    assert {path: after[path] for path in before} == before
    assert all("/other/" in path for path in after if path not in before)


@pytest.mark.parametrize("place", [".", "deploy/edge"])
@pytest.mark.parametrize(
    "destination", ["{}", "{name: edge-usw2}", "{server: https://edge.example.com}"]
)
def test_yielded_applications_are_the_sets_template_filled_in(place: str, destination: str) -> None:
    result = fleet(
        ("hashicups-edge.git\n", f"hashicups-edge.git\n    path: {place}\n"),
        ("region: us-west-2\n", f"region: us-west-2\n      destination: {destination}\n"),
    )
    (cluster,) = result.clusters
    files = planned(result)
    found = load(files[f"{engine_directory(result, cluster)}/applicationset.yaml"])
    template = found["spec"]["template"]
    prefix = "" if place == "." else f"{place}/"
    (source,) = found["spec"]["generators"][0]["git"]["files"]
    assert source["path"] == f"{prefix}overlays/edge-usw2/*/zone.yaml"
    expected = []
    for zone in cluster.zones:
        data = load(files[f"{zone.overlay}/zone.yaml"])["data"]
        values = {f"{{{{ .data.{key} }}}}": value for key, value in data.items()}
        values["{{ .path.path }}"] = prefix + zone.overlay
        body = _filled(template, values)
        body["metadata"]["namespace"] = found["metadata"]["namespace"]
        expected.append({"apiVersion": found["apiVersion"], "kind": "Application", **body})
    assert list(yielded_applications(result, cluster)) == expected
    assert "{{" not in str(expected)


def _filled(value: Any, values: dict[str, str]) -> Any:
    match value:
        case dict():
            return {key: _filled(item, values) for key, item in value.items()}
        case list():
            return [_filled(item, values) for item in value]
        case str():
            for placeholder, text in values.items():
                value = value.replace(placeholder, text)
    return value


def test_flux_yields_no_applications() -> None:
    result = variant("flux")
    assert yielded_applications(result, result.clusters[0]) == ()


@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_next_steps_say_what_is_applied_once(engine: str, mesh: str) -> None:
    steps = next_steps(variant(engine, mesh))
    commands = [step.command for step in steps if step.command]
    assert (
        f"kubectl --context edge-usw2 apply --server-side -k clusters/edge-usw2/{engine}"
        in commands
    )
    texts = [step.text for step in steps if step.text]
    if engine == "argocd" and mesh != "none":
        assert list(load(texts[0])["data"]) == [
            f"resource.customizations.health.consul.hashicorp.com_{kind}"
            for kind in ("ServiceDefaults", "ServiceIntentions", "ServiceResolver")
        ]
    else:
        assert texts == []


def test_an_application_of_services_has_a_file_for_each() -> None:
    files = planned(fleet(("app: hashicups\n", OWN_APP)))
    assert [path for path in files if path.startswith("base/")] == [
        "base/api.yaml",
        "base/cache.yaml",
        "base/edge/kustomization.yaml",
        "base/edge/sensor.yaml",
        "base/kustomization.yaml",
        "base/web.yaml",
    ]
    assert "overlays/edge-usw2/region/db.yaml" in files
    assert "postgres" not in "".join(files.values())
