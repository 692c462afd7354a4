"""``edgeops routes`` for a terminal: a matrix for zones that are alike, then what is wrong."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from edgeops.core.fleet.model import Fleet
from edgeops.core.routes.proof import Problem, Proof, ProofStatus, Route
from edgeops.report.inert import inert
from edgeops.report.page import Page
from edgeops.report.phrases import plural
from edgeops.report.routes_words import (
    alike,
    answer_words,
    caller,
    calls_words,
    names,
    outage_groups,
    then_words,
    verdict,
)

_STYLE: Final = {
    ProofStatus.PASSED: "green",
    ProofStatus.FAILED: "red",
    ProofStatus.UNKNOWN: "yellow",
}
_HEADINGS: Final = ("CALLER", "CALLS", "ANSWERED BY", "WHEN THAT IS GONE", "HOW")


def render_table(fleet: Fleet, proof: Proof, *, color: bool, width: int) -> str:
    """*proof* as lines of text, a newline at its end; nothing is said by colour alone."""
    page = Page(color=color, width=max(width, 20))
    page.wrapped(verdict(proof), style=f"bold {_STYLE[proof.status]}")
    if proof.played:
        page.wrapped(f"Taken to be gone: {', '.join(map(inert, proof.played))}")
    for cluster, zones, routes in alike(proof.routes):
        page.blank()
        together = f" ({len(zones)} zones alike)" if len(zones) > 1 else ""
        page.wrapped(f"{inert(cluster)}: {names(zones)}{together}", style="bold underline")
        _matrix(page, routes)
    for problem in proof.problems:
        write_problem(page, problem)
    _outages(page, fleet, proof)
    for heading, lines in (("Not read", proof.unread), ("Notes", proof.notes)):
        if lines:
            page.blank()
            page.whole(f"{heading}:", style="bold")
            for line in lines:
                page.wrapped(inert(line), indent=2)
    return page.text()


def _matrix(page: Page, routes: Sequence[Route]) -> None:
    rows = [
        (caller(item), calls_words(item), answer_words(item), then_words(item), item.how)
        for item in routes
    ]
    widths = [max(map(cell_len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    if sum(widths) + 2 * len(widths) > page.width:
        for who, calls, answered, then, how in rows:
            page.whole(f"{who} -> {calls}: {answered}", indent=2)
            page.wrapped(f"when that is gone: {then}; {how}", indent=4)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        table.add_column(Text(heading), no_wrap=True)
    for item, row in zip(routes, rows, strict=True):
        style = "" if item.answer else "red"
        table.add_row(*(Text(cell, style) for cell in row))
    page.table(table)


def write_problem(page: Page, problem: Problem) -> None:
    """What is wrong, where to mend it, and how a call got there; a blank line before it."""
    page.blank()
    page.whole(problem.reason.words, style="bold red")
    if problem.path is not None:
        line = f":{problem.line}" if problem.line is not None else ""
        place = f"{problem.path}{line}"
        page.whole(inert(f"{place}  {problem.field}".rstrip()), indent=2)
    elif problem.source is not None:
        page.whole(inert(f"{problem.source.key}  {problem.field}".rstrip()), indent=2)
    page.wrapped(inert(problem.message), indent=2)
    hit = ", ".join(map(inert, problem.calls))
    if hit:
        page.wrapped(f"{names(problem.zones)}: {hit}", indent=2)
    if problem.failure:
        page.wrapped(f"when {inert(problem.failure)} is gone", indent=2)
    for number, step in enumerate(problem.chain):
        page.wrapped(inert(step), indent=4, lead="" if number == 0 else "-> ")
    if problem.only_live:
        page.wrapped("git does not have this: it comes from drift, see 'edgeops drift'", indent=2)


def _outages(page: Page, fleet: Fleet, proof: Proof) -> None:
    if not proof.outages:
        return
    page.blank()
    page.whole("Outages to expect, as nothing here promises an answer:", style="bold")
    if not fleet.mesh.is_consul:
        page.wrapped("Without a mesh there is no failover.", indent=2)
    for lost, reason, zones in outage_groups(proof):
        where = names(zones) if len(zones) <= 2 else f"{plural(len(zones), 'zone')}"
        page.wrapped(f"{lost}: {where}", indent=2)
        page.wrapped(reason, indent=4)
