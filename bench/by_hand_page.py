"""``docs/benchmarks-by-hand.md``: who saw which change by hand, and who cried wolf."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.live.byhand.case import ADDED, Case
from tests.live.byhand.ground import CHANGES, QUIET, TABLE, UNTOUCHED

_HEAD = """\
# Changes by hand, and who sees them

`make bench-engines` wrote this page: {versions}.

{sample}A real API server holds {lines} namespaces. The real engines synced each of them from
git, as an Application or a Kustomization of its own, with self-healing off. Then {changes} were
changed by hand, one command each (`kubectl edit`, `set`, `scale`, `patch`, `label`, `apply`,
`create`, `delete` …), and in {quiet} something was written that is no drift: another spelling of
the same value, or what a controller writes in the course of its work. The lines are those
of [`tests/live/byhand`](../tests/live/byhand).

Counted as seen: by an engine or by `kubectl diff`, *any* difference in that namespace; by
`edgeops drift`, only the very fields, the sort of change and nothing else. *Added* are fields that
only live has, *extra* are objects that only live has. False alarms are differences shown in the
{quiet}; *untouched* is one more namespace, with every object of the table, that nobody changed;
errors are namespaces about which a program could not tell.
"""

_SAMPLE = """\
**A sample**, made with `make bench-engines EVERY={every}`: {lines} of the table's {all} lines,
every {every}th of either sort.

"""

_MEANING = """\
Argo CD and `flux diff` ask what the next sync would change. A field that git does not name would
stay, so as a rule they do not show it; nor would an object that git never had go. That is their
job, and they do it. It is not the question whether somebody changed something.

A program that shows a difference in every line, the false alarms among them, has seen none: it
shows one whether or not anybody changed something.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a program said of each line: a difference, none, or (None) that it could not tell."""

    marks: Mapping[str, bool | None]
    seconds: float


def page(versions: str, tables: Mapping[str, Mapping[str, Seen]], *, every: int = 1) -> str:
    """The page, in Markdown, for each line of the table, or each second, third … of either sort."""
    changes, quiet = CHANGES[::every], QUIET[::every]
    lines = len(changes) + len(quiet)
    head = _HEAD.format(
        versions=versions,
        sample="" if every == 1 else _SAMPLE.format(every=every, lines=lines, all=len(TABLE)),
        lines=lines + 1,
        changes=len(changes),
        quiet=len(quiet),
    )
    parts = [head]
    for title, seen in tables.items():
        parts += [f"## {title}", "", *_counts(seen, changes, quiet), ""]
    parts += [_MEANING, "## Line by line", "", *_legend(tables), ""]
    parts += [*_lines(tables, {"Changes": changes, "No drift": quiet})]
    return "\n".join(parts) + "\n"


def _counts(
    seen: Mapping[str, Seen], changes: Sequence[Case], quiet: Sequence[Case]
) -> Iterator[str]:
    added = [case for case in changes if {change for change, _ in case.found} == {ADDED}]
    extra = [case for case in changes if case.drift == "Extraneous"]
    groups = {
        f"seen, of {len(changes)}": changes,
        f"added, {len(added)}": added,
        f"extra, {len(extra)}": extra,
        f"false alarms, of {len(quiet)}": quiet,
    }
    yield "| | " + " | ".join((*groups, "untouched", "errors", "seconds")) + " |"
    yield "|---|" + "---:|" * (len(groups) + 3)
    for name, told in seen.items():
        cells = [str(_count(told, cases)) for cases in groups.values()]
        untouched = "differs" if told.marks[UNTOUCHED] else "same"
        errors = sum(mark is None for mark in told.marks.values())
        cells += [untouched, str(errors), f"{told.seconds:.0f}"]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _count(seen: Seen, cases: Sequence[Case]) -> int:
    return sum(seen.marks[case.name] is True for case in cases)


def _legend(tables: Mapping[str, Mapping[str, Seen]]) -> Iterator[str]:
    yield "`x` seen, `.` not seen, `?` could not tell. The columns, from the left:"
    yield ""
    column = 0
    for title, seen in tables.items():
        first = column + 1
        column += len(seen)
        yield f"* {first} to {column}, {title[0].lower()}{title[1:]}: {', '.join(seen)}."


def _lines(
    tables: Mapping[str, Mapping[str, Seen]], sorts: Mapping[str, Sequence[Case]]
) -> Iterator[str]:
    for title, cases in sorts.items():
        yield f"### {title}"
        yield ""
        yield "```text"
        for case in cases:
            groups = ("".join(_mark(told, case) for told in seen.values())
                      for seen in tables.values())  # fmt: skip
            yield f"{' '.join(groups)}  {case.target:<32} {case.why}"
        yield "```"
        yield ""


def _mark(seen: Seen, case: Case) -> str:
    return {True: "x", False: ".", None: "?"}[seen.marks[case.name]]
