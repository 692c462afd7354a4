"""Zones divided among machines, and their reports added up again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.findings import DriftReport, RepositoryState, SyncStatus
from edgeops.core.merging import MergeError, merge
from edgeops.core.shards import Shard
from tests.core.drifts import CLUSTER, LAS, LAX, found, report

_NAMES = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), unique=True, min_size=1)


@given(_NAMES, st.integers(1, 9))
def test_every_zone_is_in_one_shard(names: list[str], count: int) -> None:
    shards = [Shard(index=index, count=count) for index in range(1, count + 1)]
    for name in names:
        assert sum(shard.takes(CLUSTER, name) for shard in shards) == 1


def test_the_division_is_fixed() -> None:
    """A release that divided otherwise would mix up histories."""
    zones = [f"us-west-2-{name}-1a" for name in ("lax", "las", "den", "phx", "sea", "pdx")]
    taken = {index: [zone[10:13] for zone in zones if Shard(index=index, count=3).takes("c", zone)]
             for index in (1, 2, 3)}  # fmt: skip
    assert taken == {1: TAKEN[0], 2: TAKEN[1], 3: TAKEN[2]}


def test_shares_of_many_zones_are_even() -> None:
    zones = [f"zone-{number}" for number in range(1000)]
    sizes = [
        sum(Shard(index=i, count=8).takes(CLUSTER, zone) for zone in zones) for i in range(1, 9)
    ]
    assert min(sizes) > 90
    assert max(sizes) < 160


def test_what_belongs_to_no_zone_goes_with_the_hub() -> None:
    for index in (1, 2, 3, 4):
        shard = Shard(index=index, count=4)
        assert shard.takes(CLUSTER, None) == shard.takes(CLUSTER, "region")


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "-1/3", "a/b", "1/3/5", ""])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(ValueError, match="1/"):
        Shard.parse(text)


def parts(whole: DriftReport, count: int) -> list[tuple[str, DriftReport]]:
    """What the shards of a check would have reported."""
    result = []
    for index in range(1, count + 1):
        shard = Shard(index=index, count=count)
        mine = {row.zone for row in whole.zones if shard.takes(row.cluster, row.zone)}
        part = replace(
            whole,
            zones=tuple(row for row in whole.zones if row.zone in mine),
            findings=tuple(item for item in whole.findings if item.zone in mine),
            unread=tuple(item for item in whole.unread if item.zone in mine),
            shard=shard,
        )
        result.append((f"{index}.json", part))
    return result


@given(_NAMES, st.integers(1, 6), st.data())
def test_shards_add_up_to_the_whole(names: list[str], count: int, data: st.DataObject) -> None:
    drifted = data.draw(st.lists(st.sampled_from(names), unique=True))
    gaps = data.draw(st.lists(st.sampled_from(names), unique=True))
    whole = report(0, *(found(zone=zone) for zone in drifted), zones=names)
    whole = replace(whole, unread=report(0, zones=names, unread=sorted(gaps)).unread)
    shuffled = data.draw(st.permutations(parts(whole, count)))
    assert merge(shuffled) == whole


def test_a_missing_shard_makes_it_unknown() -> None:
    merged = merge(parts(report(0), 3)[:2])
    assert merged.status is SyncStatus.UNKNOWN
    assert [gap.what for gap in merged.unread] == ["shard 3/3"]


def test_different_commits_are_told() -> None:
    (one, first), (two, second) = parts(report(0), 2)
    second = replace(second, repository=RepositoryState(revision="b" * 40))
    merged = merge([(one, first), (two, second)])
    assert merged.repository.revision is None
    assert "different commits" in merged.notes[0]


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        pytest.param([("a", parts(report(0), 2)[0][1])] * 2, "both shard 1/2", id="twice"),
        pytest.param([("a", parts(report(0), 2)[0][1]), ("b", report(0))], "b is a whole report",
                     id="whole among shards"),
        pytest.param([("a", parts(report(0), 2)[0][1]), ("b", parts(report(0), 3)[1][1])],
                     "of 2 and of 3", id="two divisions"),
        pytest.param([("a", report(0)), ("b", report(0, zones=[LAS]))],
                     f"both tell of {CLUSTER}/{LAS}", id="one zone twice"),
    ],
)  # fmt: skip
def test_what_does_not_add_up(reports: list[tuple[str, DriftReport]], message: str) -> None:
    with pytest.raises(MergeError, match=message):
        merge(reports)


def test_reports_of_separate_zones_add_up_too() -> None:
    merged = merge([("a", report(0, zones=[LAX])), ("b", report(1, zones=[LAS]))])
    assert [row.zone for row in merged.zones] == [LAS, LAX]
    assert merged.notes == (
        "Merged from reports that are no shards: nothing tells whether one is missing.",
    )


TAKEN = (["sea"], ["las", "den"], ["lax", "phx", "pdx"])
