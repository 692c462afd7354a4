"""The page of changes by hand counts what each program saw, missed, and falsely told."""

from bench.by_hand_page import Seen, page
from tests.live.byhand.ground import CHANGES, QUIET, TABLE, UNTOUCHED


def test_counts_by_sort() -> None:
    extra = {case.name for case in CHANGES if case.drift == "Extraneous"}
    missed = next(case for case in CHANGES if case.found[0][0] == "added")
    marks = {case.name: case in CHANGES and case.name not in extra for case in TABLE}
    marks |= {missed.name: False, QUIET[0].name: True, UNTOUCHED: True}
    unsure: dict[str, bool | None] = {**marks, QUIET[1].name: None}
    every = {case.name: case in CHANGES for case in TABLE} | {UNTOUCHED: False}
    seen = {"one": Seen(marks=unsure, seconds=1.6), "all": Seen(marks=every, seconds=0.2)}
    text = page("versions", {"Synced": seen, "Applied": seen})
    rows = [line for line in text.splitlines() if line.startswith(("| one", "| all", "| |"))]
    sorts = f"| | seen, of {len(CHANGES)} | added, 67 | extra, {len(extra)} | false alarms, of "
    assert rows[:3] == [
        f"{sorts}{len(QUIET)} | untouched | errors | seconds |",
        f"| one | {len(CHANGES) - len(extra) - 1} | 66 | 0 | 1 | differs | 1 | 2 |",
        f"| all | {len(CHANGES)} | 67 | {len(extra)} | 0 | same | 0 | 0 |",
    ]
    assert "A sample" not in text
    assert f".x .x  {missed.target}" in text
    assert f"?. ?.  {QUIET[1].target}" in text
    assert "* 3 to 4, applied: one, all." in text


def test_a_sample_says_that_it_is_one() -> None:
    changes, quiet = CHANGES[::4], QUIET[::4]
    marks = {case.name: case in changes for case in (*changes, *quiet)} | {UNTOUCHED: False}
    text = page("versions", {"Synced": {"one": Seen(marks=marks, seconds=1.0)}}, every=4)
    assert f"{len(changes) + len(quiet)} of the table's {len(TABLE)} lines" in text
    assert f"holds {len(changes) + len(quiet) + 1} namespaces" in text
    assert f"| one | {len(changes)} |" in text
    assert CHANGES[1].why not in text
