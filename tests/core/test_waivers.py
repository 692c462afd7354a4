"""What a waiver takes out of a report, what it leaves there, and what is said of it."""

from datetime import date
from typing import Any

import pytest

from edgeops.core.findings import (
    Attribution,
    Cause,
    Change,
    Drift,
    FieldChange,
    Finding,
    ManagerClass,
    Severity,
    SyncStatus,
    ZoneReport,
)
from edgeops.core.fleet.model import Waiver
from edgeops.core.objects import ResourceKey
from edgeops.core.waivers import Settled, settle
from tests.core.fleets import fleet

TODAY = date(2026, 6, 15)
PLACES = (("west", "lax"), ("west", "las"), ("west", None))
IMAGE = "spec.template.spec.containers[name=web].image"


def waiver(**given: Any) -> Waiver:
    base = {
        "place": "spec.drift.waivers[0]",
        "kind": "Deployment",
        "name": "web",
        "owner": "ann",
        "reason": "a hotfix",
        "expires": date(2026, 12, 31),
    }
    return Waiver(**{**base, **given})


def by(manager: str, at: str) -> Attribution:
    return Attribution(
        manager=manager, manager_class=ManagerClass.PERSON, operation="Update", changed_at=at
    )


def field(path: str, **given: Any) -> FieldChange:
    return FieldChange(path=path, change=Change.CHANGED, desired=1, live=2, **given)


def finding(drift: Drift = Drift.MODIFIED, zone: str | None = "lax", **given: Any) -> Finding:
    base = {
        "cluster": "west",
        "zone": zone,
        "key": ResourceKey("apps", "Deployment", "shop", "web"),
        "api_version": "apps/v1",
        "drift": drift,
        "severity": Severity.HIGH,
    }
    return Finding(**{**base, **given})


MODIFIED = finding(
    fields=(
        field(IMAGE, attribution=by("kubectl-set", "2026-06-02"), cause=Cause.EDITED),
        field("spec.replicas", attribution=by("kubectl", "2026-06-01")),
        field("spec.replicasOfAnother"),
    ),
    attribution=by("kubectl-set", "2026-06-02"),
    cause=Cause.EDITED,
)


def settled(
    *findings: Finding,
    waivers: tuple[Waiver, ...],
    today: date = TODAY,
    rows: tuple[ZoneReport, ...] | None = None,
) -> Settled:
    drifts = [item.drift for item in findings if item.zone == "lax"]
    lax = ZoneReport(
        cluster="west",
        zone="lax",
        namespace="shop",
        synced=5,
        modified=drifts.count(Drift.MODIFIED) + drifts.count(Drift.NOT_IN_FORCE),
        missing=drifts.count(Drift.MISSING),
        extraneous=drifts.count(Drift.EXTRANEOUS),
        drifted=bool(drifts),
    )
    others = (
        ZoneReport(cluster="west", zone="las", namespace="shop2", synced=5),
        ZoneReport(cluster="west", zone=None, namespace=None, synced=1),
    )
    zones = (lax, *others) if rows is None else rows
    return settle(zones, findings, waivers, today=today, places=PLACES)


@pytest.mark.parametrize(
    ("given", "matches"),
    [
        pytest.param({}, True, id="kind and name are enough"),
        pytest.param({"namespace": "shop"}, True, id="its namespace"),
        pytest.param({"namespace": "shop2"}, False, id="another namespace"),
        pytest.param({"cluster": "west", "zone": "lax"}, True, id="its place"),
        pytest.param({"zone": "las"}, False, id="another zone"),
        pytest.param({"cluster": "east"}, False, id="another cluster"),
        pytest.param({"name": "we"}, False, id="the beginning of its name"),
        pytest.param({"kind": "deployment"}, False, id="another case"),
        pytest.param({"drift": "Modified"}, True, id="its drift"),
        pytest.param({"drift": "Missing"}, False, id="another drift"),
        pytest.param({"expires": TODAY}, True, id="its last day"),
        pytest.param({"expires": date(2026, 6, 14)}, False, id="the day after"),
    ],
)
def test_coordinates(given: dict[str, Any], matches: bool) -> None:
    result = settled(MODIFIED, waivers=(waiver(**given),))
    assert [len(result.waived), len(result.findings)] == ([1, 0] if matches else [0, 1])
    assert result.zones[0].drifted is not matches
    assert result.zones[0].status is (SyncStatus.SYNCED if matches else SyncStatus.OUT_OF_SYNC)


@pytest.mark.parametrize(
    ("drift", "counts"),
    [
        (Drift.MODIFIED, (6, 0, 0, 0)),
        (Drift.NOT_IN_FORCE, (6, 0, 0, 0)),
        (Drift.MISSING, (5, 0, 0, 0)),
        (Drift.EXTRANEOUS, (5, 0, 0, 0)),
    ],
)
def test_counts(drift: Drift, counts: tuple[int, ...]) -> None:
    row = settled(finding(drift), waivers=(waiver(),)).zones[0]
    assert (row.synced, row.modified, row.missing, row.extraneous) == counts


@pytest.mark.parametrize(
    ("path", "waived"),
    [
        (IMAGE, [IMAGE]),
        ("spec.template.spec.containers[name=web]", [IMAGE]),
        ("spec.template", [IMAGE]),
        ("spec.replicas", ["spec.replicas"]),
        ("spec", [IMAGE, "spec.replicas", "spec.replicasOfAnother"]),
        ("spec.template.spec.containers[name=we]", []),
        (f"{IMAGE}.tag", []),
    ],
)
def test_a_path_waives_a_field_and_what_is_below(path: str, waived: list[str]) -> None:
    result = settled(MODIFIED, waivers=(waiver(path=path),))
    assert [change.path for item in result.waived for change in item.fields] == waived
    left = [change.path for item in result.findings for change in item.fields]
    assert left == [change.path for change in MODIFIED.fields if change.path not in waived]
    assert result.zones[0].modified == bool(left)
    assert result.zones[0].drifted is bool(left)


def test_what_is_left_is_judged_by_itself() -> None:
    (left,) = settled(MODIFIED, waivers=(waiver(path=IMAGE),)).findings
    assert (left.severity, left.cause) == (Severity.MEDIUM, None)
    assert left.attribution == by("kubectl", "2026-06-01")


def test_each_field_goes_to_the_first_waiver_that_covers_it() -> None:
    result = settled(
        MODIFIED,
        waivers=(
            waiver(path=IMAGE, owner="bob"),
            waiver(path="spec.replicas", place="spec.drift.waivers[1]", owner="eve"),
            waiver(path="spec", place="spec.drift.waivers[2]"),
        ),
    )
    assert result.findings == ()
    assert [
        (item.waiver.owner, [change.path for change in item.fields])
        for item in result.waived
        if item.waiver is not None
    ] == [
        ("bob", [IMAGE]),
        ("eve", ["spec.replicas"]),
        ("ann", ["spec.replicasOfAnother"]),
    ]
    assert result.zones[0].modified == 0


def test_an_expired_waiver_is_named() -> None:
    old = waiver(path="spec.replicas", expires=date(2026, 6, 14))
    (left,) = settled(MODIFIED, waivers=(old,)).findings
    assert left.fields == MODIFIED.fields
    assert left.message == (
        "waived until 2026-06-14 by ann, which is over: "
        "Deployment/web spec.replicas (spec.drift.waivers[0])"
    )


def test_an_expired_waiver_of_what_another_still_waives_is_not_named() -> None:
    old = waiver(path="spec.replicas", expires=date(2026, 6, 14))
    new = waiver(path="spec.replicas", place="spec.drift.waivers[1]")
    (left,) = settled(MODIFIED, waivers=(old, new)).findings
    assert left.message is None


def test_the_reason_of_a_controller_stays_beside_the_name() -> None:
    refused = finding(Drift.NOT_IN_FORCE, message="refused")
    (left,) = settled(refused, waivers=(waiver(expires=date(2026, 1, 1)),)).findings
    assert left.message is not None
    assert left.message.startswith("refused; waived until 2026-01-01 by ann")


def test_other_findings_keep_failing_the_row() -> None:
    other = finding(key=ResourceKey("", "Service", "shop", "web"))
    result = settled(MODIFIED, other, waivers=(waiver(),))
    assert result.findings == (other,)
    assert result.zones[0].status is SyncStatus.OUT_OF_SYNC


UNREAD = ZoneReport(cluster="west", zone="las", namespace="shop2", unread=True)


@pytest.mark.parametrize(
    ("given", "rows", "idle"),
    [
        pytest.param({"name": "gone"}, None, True, id="nothing anywhere"),
        pytest.param({"zone": "las"}, None, True, id="nothing in its zone"),
        pytest.param({"zone": "las"}, (), False, id="its zone was not asked for"),
        pytest.param({"zone": "las"}, (UNREAD,), False, id="its zone was not read"),
        pytest.param({}, None, False, id="it waives something"),
        pytest.param({"expires": date(2026, 1, 1)}, None, False, id="it expired and is needed"),
    ],
)
def test_an_idle_waiver_is_named(
    given: dict[str, Any], rows: tuple[ZoneReport, ...] | None, idle: bool
) -> None:
    notes = settled(MODIFIED, waivers=(waiver(**given),), rows=rows).notes
    assert bool(notes) is idle
    assert all("spec.drift.waivers[0]" in note and "ann" in note for note in notes)


def test_an_idle_waiver_that_expired() -> None:
    (note,) = settled(waivers=(waiver(expires=date(2026, 1, 1)),)).notes
    assert note == (
        "A waiver matches nothing and ended on 2026-01-01: "
        "Deployment/web (spec.drift.waivers[0]), owner ann."
    )


def test_from_the_file() -> None:
    result = fleet(
        (
            "  expose: none\n",
            """\
  expose: none
  drift:
    waivers:
      - zone: us-west-2-lax-1a
        kind: Deployment
        name: web
        path: spec.replicas
        owner: ann
        reason: a hotfix
        expires: 2026-12-31
""",
        )
    )
    assert result.drift.waivers == (waiver(zone="us-west-2-lax-1a", path="spec.replicas"),)
