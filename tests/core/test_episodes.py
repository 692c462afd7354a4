"""What is new, worse, resolved and back; what flaps and who fights."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.episodes import Episode, EpisodeKey, Happening, State, advance, key_of
from edgeops.core.findings import Drift, DriftReport, Severity
from tests.core.drifts import LAS, LAX, at, found, report

HIGH, LOW = Severity.HIGH, Severity.LOW


def played(reports: Sequence[DriftReport]) -> tuple[dict[EpisodeKey, Episode], list[list[str]]]:
    """The episodes after the last report, and what each report said happened."""
    known: dict[EpisodeKey, Episode] = {}
    said = []
    for item in reports:
        step = advance(known, item)
        known |= {episode.key: episode for episode in step.changed}
        said.append([f"{event.what} {event.episode.key.resource.name}" for event in step.events])
    return known, said


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        pytest.param([report(0, found()), report(1, found())], [["new web"], []], id="once"),
        pytest.param([report(0, found()), report(1)], [["new web"], ["resolved web"]], id="gone"),
        pytest.param(
            [report(0, found()), report(1, unread=[LAX]), report(2, found())],
            [["new web"], [], []],
            id="unknown resolves nothing",
        ),
        pytest.param(
            [report(0, found()), report(1, unread=[LAS])],
            [["new web"], ["resolved web"]],
            id="another zone's gap does not matter",
        ),
        pytest.param(
            [report(0, found()), report(1, zones=[LAS])],
            [["new web"], ["resolved web"]],
            id="a zone that is no more",
        ),
        pytest.param(
            [report(0, found()), report(1), report(2, found())],
            [["new web"], ["resolved web"], ["reopened web"]],
            id="back",
        ),
        pytest.param(
            [report(0, found(severity=LOW)), report(1, found(severity=HIGH))],
            [["new web"], ["worse web"]],
            id="more severe",
        ),
        pytest.param(
            [report(0, found(severity=HIGH)), report(1, found(severity=LOW)),
             report(2, found(severity=HIGH))],
            [["new web"], [], []],
            id="less severe, and then as before",
        ),
        pytest.param(
            [report(0, found(paths=["a"])), report(1, found(paths=["a", "b"])),
             report(2, found(paths=["b"])), report(3, found(paths=["a", "b"]))],
            [["new web"], ["worse web"], [], []],
            id="one field more, told once",
        ),
        pytest.param(
            [report(0, found()), report(1, found(drift=Drift.MISSING, paths=[]))],
            [["new web"], ["worse web"]],
            id="from modified to missing",
        ),
        pytest.param(
            [report(0, found()), report(1, waived=[found()]), report(2), report(3, found())],
            [["new web"], [], [], ["reopened web"]],
            id="waived, mended, back",
        ),
        pytest.param(
            [report(0, found()), report(1, waived=[found()]), report(2, found())],
            [["new web"], [], ["reopened web"]],
            id="the waiver expired",
        ),
        pytest.param([report(0, waived=[found()])], [[]], id="waived from the first"),
        pytest.param(
            [report(1, found()), report(0)], [["new web"], []], id="an older report says nothing"
        ),
        pytest.param(
            [report(0, found(), found("api")), report(1, found("api"))],
            [["new api", "new web"], ["resolved web"]],
            id="each for itself",
        ),
        pytest.param(
            [report(0, found(), found(drift=Drift.NOT_IN_FORCE, severity=HIGH, paths=[]))],
            [["new web"]],
            id="two findings of one object are one episode",
        ),
    ],
)  # fmt: skip
def test_what_happens(reports: Sequence[DriftReport], said: list[list[str]]) -> None:
    assert played(reports)[1] == said


def test_what_a_check_was_not_about_stays_as_it_is() -> None:
    known, _ = played([report(0, found())])
    step = advance(known, report(1, zones=[LAS]), covered=lambda _cluster, zone: zone == LAS)
    assert step.changed == ()


def test_the_times_of_an_episode() -> None:
    known, _ = played([report(0, found()), report(5, found()), report(7), report(9, found())])
    episode = known[key_of(found())]
    assert (episode.first_seen, episode.last_seen, episode.opened) == (at(0), at(9), (at(0), at(9)))
    assert (episode.state, episode.openings, episode.resolved_at) == (State.OPEN, 2, None)
    known, _ = played([report(0, found()), report(7), report(8)])
    assert known[key_of(found())].resolved_at == at(7)
    assert known[key_of(found())].last_seen == at(0)


def test_flapping_is_three_openings_within_a_day() -> None:
    known, _ = played([report(m, *([found()] if m % 2 == 0 else [])) for m in range(5)])
    episode = known[key_of(found())]
    assert episode.flapping(at(5))
    assert not episode.flapping(at(24 * 60 + 1))
    assert not replace(episode, opened=episode.opened[1:]).flapping(at(5))


def test_two_managers_that_fight_are_named() -> None:
    turns = ["ours", "theirs", "ours", "theirs"]
    known, _ = played([report(m, found(manager=name)) for m, name in enumerate(turns)])
    (fight,) = known[key_of(found())].fights(at(4))
    assert (fight.path, fight.writers) == ("spec.replicas", ("ours", "theirs"))
    known, _ = played([report(m, found(manager=name)) for m, name in enumerate(turns[:3])])
    assert known[key_of(found())].fights(at(4)) == ()


def test_somebody_who_fights_the_engine_is_named() -> None:
    known, _ = played([report(m, *([found()] if m % 2 == 0 else [])) for m in range(4)])
    (fight,) = known[key_of(found())].fights(at(4))
    assert fight.writers == ("git", "kubectl-edit")
    assert known[key_of(found())].fights(at(2 * 24 * 60)) == ()


_FINDINGS = st.lists(
    st.builds(
        found,
        st.sampled_from(["web", "api"]),
        zone=st.sampled_from([LAX, LAS]),
        severity=st.sampled_from(Severity),
        paths=st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
        manager=st.sampled_from(["one", "other"]),
    ),
    unique_by=key_of,
)
_GAPS = st.lists(st.sampled_from([LAX, LAS]), unique=True)


@given(st.lists(st.tuples(_FINDINGS, _GAPS), max_size=12))
def test_laws(steps: list[tuple[list[object], list[str]]]) -> None:
    """New once; resolved and back in turn; nothing resolved where it was not read."""
    reports = [
        report(minute, *findings, unread=gaps)  # type: ignore[arg-type]  # hypothesis says object
        for minute, (findings, gaps) in enumerate(steps)
    ]
    known: dict[EpisodeKey, Episode] = {}
    last: dict[EpisodeKey, Happening] = {}
    for item, (_, gaps) in zip(reports, steps, strict=True):
        step = advance(known, item)
        known |= {episode.key: episode for episode in step.changed}
        for event in step.events:
            key = event.episode.key
            before = last.get(key)
            match event.what:
                case Happening.NEW:
                    assert before is None
                case Happening.REOPENED:
                    assert before is Happening.RESOLVED
                case Happening.RESOLVED | Happening.WORSE:
                    assert before not in {None, Happening.RESOLVED}
            assert event.what is not Happening.RESOLVED or key.zone not in gaps
            last[key] = event.what
        assert advance(known, item).events == ()
        is_open = {key for key, episode in known.items() if episode.state is State.OPEN}
        assert {key_of(finding) for finding in item.findings} <= is_open
