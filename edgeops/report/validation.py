"""A validation as the contract's document, and for people: a table and Markdown."""

from collections.abc import Iterator
from typing import Any, Final

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.lint import RULES, Place, Problem, Rule, Severity, Validation
from edgeops.errors import EdgeopsError
from edgeops.report.document import API_VERSION
from edgeops.report.inert import inert, inert_json
from edgeops.report.markdown import cell, code
from edgeops.report.page import Page
from edgeops.report.phrases import place, plural

_STYLE: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def document(result: Validation) -> dict[str, Any]:
    """*result* as JSON values, keys in fixed order; an absent value is None."""
    severities = [RULES[item.rule].severity for item in result.problems]
    return {
        "apiVersion": API_VERSION,
        "kind": "Validation",
        "status": result.status,
        "edgeopsVersion": result.edgeops_version,
        "kustomizeVersion": result.kustomize_version,
        "summary": {
            "folders": result.folders,
            "objects": result.objects,
            "problems": len(severities),
            "errors": severities.count(Severity.ERROR),
            "warnings": severities.count(Severity.WARNING),
        },
        "problems": [_problem(item) for item in result.problems],
        "off": [{"rule": item.rule, "reason": item.reason, "hid": item.hid} for item in result.off],
        "notes": list(result.notes),
    }


def _problem(item: Problem) -> dict[str, Any]:
    rule = RULES[item.rule]
    return {
        "rule": item.rule,
        "severity": rule.severity.value,
        "cluster": item.place.cluster,
        "zone": item.place.zone,
        "alsoIn": [_place(one) for one in item.also],
        "file": item.file,
        "line": item.line,
        "kind": item.kind,
        "namespace": item.namespace,
        "name": item.name,
        "path": item.path,
        "message": item.message,
        "reason": rule.reason,
        "mend": rule.mend,
        "link": rule.link,
    }


def _place(one: Place) -> dict[str, str | None]:
    return {"cluster": one.cluster, "zone": one.zone}


def render_json(result: Validation) -> str:
    """The document as JSON."""
    return inert_json(dump_json(document(result)))


def render_yaml(result: Validation) -> str:
    """The document as YAML."""
    return dump_yaml(document(result))


def verdict(result: Validation) -> str:
    """One sentence that opens with the status."""
    looked = f"{plural(result.objects, 'object')} in {plural(result.folders, 'folder')}"
    if result.valid:
        return f"Valid: {looked}, nothing to mend"
    return f"Invalid: {plural(len(result.problems), 'problem')}; {looked} checked"


def source(item: Problem) -> str:
    """``base/web.yaml:12``; inert."""
    if item.file is None:
        return ""
    return inert(item.file if item.line is None else f"{item.file}:{item.line}")


def subject(item: Problem) -> str:
    """The object, or nothing where the problem is a file's; inert."""
    return inert("/".join(part for part in (item.kind, item.namespace, item.name) if part))


def where(item: Problem) -> str:
    """Every place that has the problem; inert."""
    places = (item.place, *item.also)
    named = [place(one.cluster, one.zone) for one in places if one.cluster or one.zone]
    if len(named) > 3:
        return f"{', '.join(named[:2])} and {len(named) - 2} more"
    return ", ".join(named)


def appendix(result: Validation) -> Iterator[tuple[str, list[str]]]:
    """What stands after the problems: headings, each with at least one line; inert."""
    off = [
        inert(f"{item.rule} ({plural(item.hid, 'problem')} not shown): {item.reason}")
        for item in result.off
    ]
    for heading, lines in (
        ("Switched off", off),
        ("Notes", [inert(note) for note in result.notes]),
    ):
        if lines:
            yield heading, lines


def render_table(result: Validation, *, color: bool, width: int) -> str:
    """The whole result for a person at a terminal."""
    page = Page(color=color, width=max(width, 20))
    page.wrapped(verdict(result), style=f"bold {'green' if result.valid else 'red'}")
    for item in result.problems:
        _on_page(page, item)
    for heading, lines in appendix(result):
        page.blank()
        page.whole(f"{heading}:", style="bold")
        for line in lines:
            page.wrapped(line, indent=2)
    page.blank()
    page.wrapped(f"kustomize {result.kustomize_version}, edgeops {result.edgeops_version}")
    return page.text()


def _on_page(page: Page, item: Problem) -> None:
    rule = RULES[item.rule]
    page.blank()
    page.whole(source(item) or subject(item), style="bold")
    page.whole(f"{rule.severity.value} {item.rule}", style=_STYLE[rule.severity], indent=2)
    for text in (subject(item), inert(item.path or "")):
        if text:
            page.whole(text, indent=2)
    for line in item.message.splitlines():
        page.wrapped(inert(line), indent=2)
    page.wrapped(rule.mend, indent=2, lead="-> ")
    if places := where(item):
        page.wrapped(places, indent=2, lead="in ")


def render_markdown(result: Validation) -> str:
    """The whole result for a pull request."""
    blocks = ["## Validation", f"**{verdict(result)}**"]
    if result.problems:
        rows = [
            "| Where | Rule | Object | Problem | Mend |",
            "|---|---|---|---|---|",
            *map(_row, result.problems),
        ]
        blocks.append("\n".join(rows))
    for heading, lines in appendix(result):
        blocks.append(f"### {heading}")
        blocks.append("\n".join(f"- {code(line)}" for line in lines))
    return "\n\n".join(blocks) + "\n"


def _row(item: Problem) -> str:
    rule = RULES[item.rule]
    cells = (
        cell(source(item)) if item.file else "",
        f"[{item.rule}]({rule.link}), {rule.severity.value}",
        cell(subject(item)) if subject(item) else "",
        " ".join(cell(text) for text in (item.path, item.message.replace("\n", " ")) if text),
        cell(rule.mend),
    )
    return f"| {' | '.join(cells)} |"


def rules_document() -> dict[str, Any]:
    """Every rule as JSON values."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ValidationRules",
        "rules": [
            {
                "id": rule.id,
                "severity": rule.severity.value,
                "title": rule.title,
                "reason": rule.reason,
                "mend": rule.mend,
                "link": rule.link,
            }
            for rule in RULES.values()
        ],
    }


def render_rules(format_name: str, *, color: bool, width: int) -> str:
    """
    Every rule in the format of that name.

    Raises:
        EdgeopsError: if there is no such format.
    """
    if format_name == "json":
        return dump_json(rules_document())
    if format_name == "yaml":
        return dump_yaml(rules_document())
    if format_name == "markdown":
        return "\n".join(rule_lines())
    if format_name != "table":
        raise EdgeopsError(f"no output format {format_name!r}")
    page = Page(color=color, width=max(width, 20))
    for rule in RULES.values():
        _rule_on_page(page, rule)
    return page.text()


def _rule_on_page(page: Page, rule: Rule) -> None:
    page.whole(rule.id, style=f"bold {_STYLE[rule.severity]}")
    page.wrapped(f"{rule.title} ({rule.severity.value}).", indent=2)
    page.wrapped(rule.reason, indent=2)
    page.wrapped(rule.mend, indent=2, lead="-> ")
    page.whole(rule.link, indent=2)


def rule_lines() -> Iterator[str]:
    """Every rule as a section of Markdown; the lines of the reference page."""
    for rule in RULES.values():
        yield f"### {rule.id}\n"
        yield f"{rule.title} ({rule.severity.value}). {_escaped(rule.reason)}\n"
        yield f"Mend: {_escaped(rule.mend)} [Source]({rule.link})\n"


def _escaped(text: str) -> str:
    """Prose of ours as Markdown: what would be markup or HTML is not."""
    for mark in ("<", "*", "_", "$"):
        text = text.replace(mark, f"\\{mark}")
    return text
