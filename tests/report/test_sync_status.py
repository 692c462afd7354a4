"""What the engines say beside our verdict, for people and for programs."""

from dataclasses import replace

from edgeops.core.documents import load_all
from edgeops.core.engine_status import EngineState, EngineWord, SyncStatusReport, ZoneWord
from edgeops.core.findings import ZoneReport
from edgeops.core.fleet.model import EngineKind
from edgeops.report.sync_status import document, render_sync_status
from tests.report.samples import drifted

WELL = EngineWord(
    object="Kustomization flux-system/f-c-one",
    state=EngineState.SYNCED,
    revision="1" * 40,
    attempted="1" * 40,
    health="Healthy",
    suspended=False,
    error=None,
)


def zone(name: str | None, word: EngineWord | None, **counts: int | bool) -> ZoneWord:
    verdict = ZoneReport(cluster="c", zone=name, namespace=name, **counts)  # type: ignore[arg-type]  # counts of it
    return ZoneWord(cluster="c", zone=name, engine=EngineKind.FLUX, word=word, verdict=verdict)


REPORT = SyncStatusReport(
    zones=(
        zone("region", WELL, synced=4),
        zone("one", WELL, synced=2, modified=1, drifted=True),
        zone(
            "two",
            replace(
                WELL, state=EngineState.FAILED, suspended=True, error="\x1b[2J no", health=None
            ),
            unread=True,
        ),
        zone(None, None, missing=1, drifted=True),
    ),
    drift=replace(drifted(), unread=()),
)

TABLE = """\
ZONE    CLUSTER  ENGINE  SAYS               HEALTH   REVISION  LIVE
region  c        flux    Synced             Healthy  11111111  Synced
one     c        flux    Synced             Healthy  11111111  OutOfSync (1 object)
two     c        flux    Failed, suspended  -        11111111  Unknown
-       c        flux    nothing            -        -         OutOfSync (1 object)

* c/one: flux says Synced, and live differs: edgeops drift
* c/two: Kustomization flux-system/f-c-one: \\x1b[2J no
"""


def test_for_people() -> None:
    assert render_sync_status(REPORT, "table", color=False, width=100) == TABLE


def test_for_programs() -> None:
    whole = document(REPORT)
    assert (whole["apiVersion"], whole["kind"]) == ("edgeops.dev/v1alpha1", "SyncStatus")
    assert [row["contradicted"] for row in whole["zones"]] == [False, True, False, False]
    assert whole["zones"][1]["says"] == {
        "object": "Kustomization flux-system/f-c-one",
        "state": "Synced",
        "revision": "1" * 40,
        "attemptedRevision": "1" * 40,
        "health": "Healthy",
        "suspended": False,
        "error": None,
    }
    assert whole["zones"][1]["live"]["modified"] == 1
    assert whole["zones"][3]["says"] is None


def test_json_and_yaml_are_one_document() -> None:
    texts = [render_sync_status(REPORT, name, color=False, width=80) for name in ("json", "yaml")]
    one, other = ([item.value for item in load_all(text.encode())] for text in texts)
    assert one == other == [document(REPORT)]
