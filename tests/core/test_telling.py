"""Who hears of what, and how often."""

from collections.abc import Sequence

import pytest

from edgeops.core.episodes import Episode, EpisodeKey, Happening, advance
from edgeops.core.findings import DriftReport, Severity
from edgeops.core.telling import Interest, Told, news
from tests.core.drifts import LAX, at, found, report

CRITICAL, HIGH, LOW = Severity.CRITICAL, Severity.HIGH, Severity.LOW


def heard(
    reports: Sequence[DriftReport | None],
    interest: Interest | None = None,
    *,
    fails: Sequence[int] = (),
) -> list[list[str]]:
    """What is told after each report; where delivery *fails*, nothing is taken down."""
    known: dict[EpisodeKey, Episode] = {}
    told: dict[EpisodeKey, Told] = {}
    lines = []
    for number, item in enumerate(reports):
        if item is not None:
            known |= {episode.key: episode for episode in advance(known, item).changed}
        found_news = news(known.values(), told, interest or Interest(), at(number))
        lines.append(
            [f"{entry.what} {entry.episode.key.resource.name}" for entry in found_news.items]
        )
        if number not in fails:
            told |= found_news.told
    return lines


NEW, RESOLVED = frozenset({Happening.NEW, Happening.REOPENED}), frozenset({Happening.RESOLVED})


@pytest.mark.parametrize(
    ("reports", "interest", "fails", "told"),
    [
        pytest.param([report(0, found()), report(1, found()), report(2)], Interest(), (),
                     [["new web"], [], ["resolved web"]], id="once"),
        pytest.param([report(0, found()), report(1, found()), report(2, found())], Interest(), (0,),
                     [["new web"], ["new web"], []], id="again, if it did not arrive"),
        pytest.param([report(0, found()), report(1), report(2)], Interest(), (0,),
                     [["new web"], [], []], id="what came and went unheard is no news"),
        pytest.param([report(0, found()), report(1), report(2)], Interest(), (1,),
                     [["new web"], ["resolved web"], ["resolved web"]], id="good news too"),
        pytest.param([report(0, found()), report(1), report(2, found())], Interest(), (1,),
                     [["new web"], ["resolved web"], ["reopened web"]], id="back before told"),
        pytest.param([report(0, found(severity=LOW)), report(1, found(severity=HIGH))],
                     Interest(least=HIGH), (), [[], ["new web"]], id="above a severity"),
        pytest.param([report(0, found(severity=HIGH)), report(1, found(severity=CRITICAL))],
                     Interest(least=HIGH), (), [["new web"], ["worse web"]], id="worse"),
        pytest.param([report(0, found()), report(1)], Interest(about=RESOLVED), (),
                     [[], ["resolved web"]], id="only good news"),
        pytest.param([report(0, found()), report(1), report(2, found())], Interest(about=NEW), (),
                     [["new web"], [], ["reopened web"]], id="what is back is new"),
        pytest.param([report(0, found()), report(1, unread=[LAX]), report(2, found())],
                     Interest(), (), [["new web"], [], []], id="unknown is no news"),
        pytest.param([report(0, found()), report(1, waived=[found()]), report(2)], Interest(), (),
                     [["new web"], [], ["resolved web"]], id="waived, then mended"),
    ],
)  # fmt: skip
def test_what_is_told(
    reports: Sequence[DriftReport],
    interest: Interest,
    fails: Sequence[int],
    told: list[list[str]],
) -> None:
    assert heard(reports, interest, fails=fails) == told


def test_what_flaps_is_told_of_once_and_then_when_it_is_over() -> None:
    flapping = [report(m, *([found()] if m % 2 == 0 else [])) for m in range(10)]
    lines = heard(flapping)
    assert lines[:5] == [
        ["new web"], ["resolved web"], ["reopened web"], ["resolved web"], ["reopened web"],
    ]  # fmt: skip
    assert lines[5:] == [[]] * 5
    known: dict[EpisodeKey, Episode] = {}
    told: dict[EpisodeKey, Told] = {}
    for number, item in enumerate(flapping):
        known |= {episode.key: episode for episode in advance(known, item).changed}
        told |= news(known.values(), told, Interest(), at(number)).told
    (quiet,) = news(known.values(), told, Interest(), at(2 * 24 * 60)).items
    assert quiet.what is Happening.RESOLVED


def test_who_is_added_later_hears_of_what_is_open() -> None:
    known: dict[EpisodeKey, Episode] = {}
    for item in (report(0, found(), found("api")), report(1, found())):
        known |= {episode.key: episode for episode in advance(known, item).changed}
    (only,) = news(known.values(), {}, Interest(), at(1)).items
    assert only.episode.key.resource.name == "web"
