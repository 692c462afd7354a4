"""A change that breaks a route is said; one that does not is silent."""

import json
import subprocess
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.core.fleet.edit import add_zones, remove_zone, set_leaving
from edgeops.core.routes.proof import Reason
from edgeops.errors import ExitStatus
from tests.core.fleets import ENGINES, MESHES, OWN_APP, edited
from tests.usecases.test_plan import EDGE, plan, write

pytestmark = pytest.mark.usefixtures("isolated")

CLUSTER = "edge-usw2"
PROBE = """\
        readinessProbe:
          httpGet:
            path: /actuator/health
            port: 8080
          periodSeconds: 5
          timeoutSeconds: 3
"""


def fleet_text(engine: str, mesh: str, zones: int = 1) -> str:
    """The sample with *zones* edge zones, all of names that AWS could give."""
    names = [EDGE, *(f"us-west-2-x{chr(97 + number)}a-1a" for number in range(zones - 1))]
    listed = "".join(f"        - {{name: {name}, type: local-zone}}\n" for name in names)
    text = edited(
        ("engine: argocd", f"engine: {engine}"), (MESHES["consul-enterprise"], MESHES[mesh])
    )
    return text[: text.index("        - us-west-2-lax-1a")] + listed


def commit(root: Path, message: str = "Mine") -> None:
    subprocess.run(("git", "commit", "-qam", message), cwd=root, check=True)


@pytest.mark.parametrize("zones", [1, 12])
@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_init_writes_breaks_nothing(
    tmp_path: Path, engine: str, mesh: str, zones: int
) -> None:
    root = tmp_path / "f"
    text = fleet_text(engine, mesh, zones)
    root.mkdir()
    assert plan(root, text).routes == ()
    write(root, text)

    assert plan(root, add_zones(text, CLUSTER, [("us-west-2-phx-2a", None)])).routes == ()
    leaving = set_leaving(text, CLUSTER, EDGE)
    assert plan(root, leaving).routes == ()
    if zones == 1:
        write(root, leaving)
        assert plan(root, remove_zone(leaving, CLUSTER, EDGE)).routes == ()


@pytest.mark.parametrize("mesh", MESHES)
def test_an_application_of_ones_own_breaks_nothing(tmp_path: Path, mesh: str) -> None:
    text = edited(
        ("app: hashicups\n  ", OWN_APP.replace("app:\n    ", "app:\n    ") + "  "),
        (MESHES["consul-enterprise"], MESHES[mesh]),
    )
    (tmp_path / "f").mkdir()

    assert plan(tmp_path / "f", text).routes == ()


def test_what_was_wrong_before_is_not_told_but_what_a_new_zone_adds_is(tmp_path: Path) -> None:
    root, text = tmp_path / "f", edited()
    write(root, text)
    payments = root / "base" / "payments.yaml"
    body = payments.read_text()
    assert PROBE in body
    payments.write_text(body.replace(PROBE, ""))
    commit(root)

    other = edited(("replicas: 3", "replicas: 4"))
    assert plan(root, other).changed
    assert plan(root, other).routes == ()

    (found,) = plan(root, f"{text}        - us-west-2-phx-2a\n").routes
    assert found.reason is Reason.NO_PROBE
    assert found.zones == ("us-west-2-phx-2a",)
    assert found.path == "base/payments.yaml"
    lines = payments.read_text().splitlines()
    assert found.line is not None
    assert lines[found.line - 1].strip() == "containers:"


def test_the_calls_of_the_fleet_before_count_as_before(tmp_path: Path) -> None:
    """A call that ``edgeops.yaml`` newly names is new, though nothing else of it changed."""
    app = """\
app:
    - {name: web, image: web:1, port: 80, upstreams: [UP], front: true, probePath: /}
    - {name: api, image: api:1, port: 8080, probePath: /}
    - {name: other, image: api:1, port: 8081, probePath: /}
  """
    root = tmp_path / "f"
    text = edited(("app: hashicups\n  ", app.replace("UP", "api")))
    write(root, text)
    # Harmless while nobody calls the service.
    file = root / "base" / "other.yaml"
    body = file.read_text()
    assert "  selector:\n    app: other\n" in body
    file.write_text(
        body.replace("  selector:\n    app: other\n", "  selector:\n    app: another\n")
    )
    commit(root)

    made = plan(root, edited(("app: hashicups\n  ", app.replace("UP", "api, other"))))

    assert {(item.path, item.reason) for item in made.routes} == {
        ("base/other.yaml", Reason.NO_NAME)
    }


def _broken(root: Path) -> str:
    """A fleet with an entry of the team's own that only Enterprise takes; its text in Community."""
    write(root, edited())
    overlay = root / "overlays" / CLUSTER / EDGE
    (overlay / "mine.yaml").write_text(
        "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceResolver\n"
        "metadata: {name: reports}\nspec:\n"
        "  redirect: {service: frontend, namespace: demo-app-region}\n"
    )
    kustomization = overlay / "kustomization.yaml"
    kustomization.write_text(
        kustomization.read_text().replace("- namespace.yaml", "- mine.yaml\n- namespace.yaml")
    )
    subprocess.run(("git", "add", "-A"), cwd=root, check=True)
    commit(root)
    return edited((MESHES["consul-enterprise"], MESHES["consul-community"]))


def test_plan_and_init_say_it_on_both_channels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "f"
    (root).mkdir()
    text = _broken(root)
    (root / "edgeops.yaml").write_text(text)
    place = f"overlays/{CLUSTER}/{EDGE}/mine.yaml:5"

    assert main(["-C", str(root), "plan", "-o", "json"]) is ExitStatus.OK
    shown = capsys.readouterr()
    (found,) = json.loads(shown.out)["routes"]
    assert (found["reason"], f"{found['source']}:{found['line']}") == ("entry-refused", place)
    assert f"warning: {place}: this breaks a route: ServiceResolver reports: " in shown.err

    assert main(["-C", str(root), "plan"]) is ExitStatus.OK
    table = capsys.readouterr().out
    assert "Routes that this breaks:\n" in table
    assert f"{place}  spec.redirect" in table

    before = subprocess.run(
        ("git", "rev-parse", "HEAD"), cwd=root, check=True, capture_output=True
    ).stdout
    assert main(["-C", str(root), "init", "-o", "json"]) is ExitStatus.OK
    shown = capsys.readouterr()
    assert [item["source"] for item in json.loads(shown.out)["routes"]] == [found["source"]]
    assert f"warning: {place}: this breaks a route: " in shown.err
    assert subprocess.run(
        ("git", "rev-parse", "HEAD"), cwd=root, check=True, capture_output=True
    ).stdout != before  # fmt: skip

    # It is there now, so the next change does not bring it.
    assert main(["-C", str(root), "zone", "add", "us-west-2-phx-2a", "-o", "json"]) is ExitStatus.OK
    assert json.loads(capsys.readouterr().out)["routes"] == []
