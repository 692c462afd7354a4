"""What a plan says to people, and what to programs."""

from edgeops.core.changes.model import Effect, ObjectChange, Plan, ZoneChange
from edgeops.core.objects import ResourceKey
from edgeops.report.plan import document, render_objects, render_plan
from edgeops.report.plan_markdown import render_plan_markdown
from tests.report.conftest import Golden
from tests.report.test_changes import RESULT, TREE


def change(kind: str, name: str, effect: Effect, *fields: str, reason: str | None = None,
           source: str | None = None) -> ObjectChange:  # fmt: skip
    return ObjectChange(
        key=ResourceKey("apps", kind, "demo", name),
        api_version="apps/v1",
        effect=effect,
        fields=fields,
        reason=reason,
        source=source,
    )


PLAN = Plan(
    result=RESULT,
    zones=(
        ZoneChange(cluster="c", zone="region", objects=(), same=4),
        ZoneChange(
            cluster="c",
            zone="one",
            objects=(
                change("Deployment", "web", Effect.ROLLS, "a.b", "c", "d", "e", "f"),
                change("StatefulSet", "db", Effect.RECREATED, "x", reason="x stays", source="u"),
                change("Service", "\x1b[2J", Effect.PRUNED),
            ),
            same=2,
        ),
        ZoneChange(
            cluster="c",
            zone=None,
            objects=(change("AppProject", "p", Effect.METADATA, "m"),),
            same=0,
        ),
    ),
)

TABLE = """
c/one: 2 same, 1 rolls its pods, 1 must be recreated, 1 pruned by the engine
  ~ Deployment/web   rolls its pods: a.b, c, d and 2 more
  ! StatefulSet/db   must be recreated: x stays
  - Service/\\x1b[2J  pruned by the engine

c, of no zone: 1 metadata only
  ~ AppProject/p  metadata only: m

Nothing changes in 1 other place.
"""


def test_a_plan_for_people() -> None:
    shown = render_plan(PLAN, color=False, width=200)

    assert shown.startswith(TREE + TABLE)
    assert "Kubernetes refuses the change of an immutable field" in shown
    assert "What clashes" not in shown


def test_only_what_goes() -> None:
    shown = render_objects(PLAN, {Effect.PRUNED}, color=False, width=200)
    assert "Service/" in shown
    assert "  ~ " not in shown


def test_a_plan_for_programs() -> None:
    told = document(PLAN)

    assert [entry["type"] for entry in told["changes"]] == ["file"] * 4 + ["object"] * 4
    assert told["changes"][5] == {
        "type": "object", "cluster": "c", "zone": "one", "apiVersion": "apps/v1",
        "kind": "StatefulSet", "namespace": "demo", "name": "db", "change": "must-be-recreated",
        "fields": ["x"], "reason": "x stays", "source": "u",
    }  # fmt: skip
    assert told["zones"][1] == {
        "cluster": "c", "zone": "one", "objects": 5, "same": 2, "metadataOnly": 0, "updated": 0,
        "rollsPods": 1, "mustBeRecreated": 1, "appears": 0, "pruned": 1, "leftInCluster": 0,
        "clashes": 0,
    }  # fmt: skip


def test_a_plan_for_a_pull_request(golden: Golden) -> None:
    golden("plan.md", render_plan_markdown(PLAN))


def test_a_pull_request_that_changes_no_object(golden: Golden) -> None:
    still = tuple(
        ZoneChange(cluster=z.cluster, zone=z.zone, objects=(), same=4) for z in PLAN.zones
    )
    golden("plan-files-only.md", render_plan_markdown(Plan(result=RESULT, zones=still)))
