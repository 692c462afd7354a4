"""What ``edgeops init`` did to the files: a tree for people, a document for programs."""

import difflib
from collections.abc import Mapping
from io import StringIO
from typing import Any, Final

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from edgeops.core.reconcile import FileOutcome, InitResult, Outcome
from edgeops.report.inert import inert

_MARK: Final[Mapping[Outcome, tuple[str, str, str]]] = {
    Outcome.CREATE: ("+", "green", ""),
    Outcome.UPDATE: ("~", "yellow", ""),
    Outcome.MERGE: ("~", "yellow", "merged with your edit"),
    Outcome.OVERWRITE: ("~", "bold yellow", "your edit is overwritten"),
    Outcome.DELETE: ("-", "red", ""),
    Outcome.DISCARD: ("-", "bold red", "your edit goes with it"),
    Outcome.IDENTICAL: (" ", "dim", ""),
    Outcome.KEPT: ("=", "cyan", "your edit is kept"),
    Outcome.KEPT_DROPPED: (
        "=",
        "cyan",
        "no longer generated; your edit is kept, the file is yours",
    ),
    Outcome.CONFLICT: ("!", "bold red", "changed by you and by edgeops"),
}
"""Sign, style and remark of each outcome."""

_DIFF_STYLE: Final = {"+": "green", "-": "red", "@": "cyan"}
_STEM: Final = 80


def status(result: InitResult) -> str:
    """One word: ``Conflict``, ``Changed`` or ``Unchanged``."""
    if result.conflicts:
        return "Conflict"
    return "Changed" if result.changed or result.revision else "Unchanged"


def document(result: InitResult) -> dict[str, Any]:
    """The result as the contract's ``Plan`` document, ready to be written as JSON."""
    return {
        "apiVersion": "edgeops.dev/v1alpha1",
        "kind": "Plan",
        "status": status(result),
        "dryRun": result.dry_run,
        "revision": result.revision,
        "pushed": result.pushed,
        "overlays": list(result.overlays),
        "warnings": list(result.warnings),
        "changes": [
            _change(item) for item in result.files if item.outcome is not Outcome.IDENTICAL
        ],
    }


def _change(item: FileOutcome) -> dict[str, Any]:
    change: dict[str, Any] = {"path": item.path, "change": str(item.outcome)}
    if item.moved_from is not None:
        change["movedFrom"] = item.moved_from
    if item.conflicts:
        change["conflicts"] = [
            {
                "line": conflict.line,
                "field": conflict.field or None,
                "base": conflict.base,
                "generated": conflict.generated,
                "yours": conflict.yours,
            }
            for conflict in item.conflicts
        ]
    return change


def conflicts(result: InitResult) -> str:
    """Each conflict with its place and what each side has, and how to go on."""
    lines = []
    for item in result.files:
        for conflict in item.conflicts:
            place = item.path if conflict.line is None else f"{item.path}:{conflict.line}"
            about = f": {conflict.field}" if conflict.field else ""
            lines += [
                f"conflict: {place}{about}",
                f"  generated last time: {_told(conflict.base)}",
                f"  generated now:       {_told(conflict.generated)}",
                f"  yours:               {_told(conflict.yours)}",
            ]
    name = result.conflicts[0]
    lines += [
        "To go on, say for each file whose word counts where both changed the same thing;",
        "everything else in it is merged:",
        f"  edgeops init --keep-mine {name}",
        f"  edgeops init --take-generated {name}",
        "Both flags repeat and take folders. Or write what is generated now into your file,",
        "commit it, and run edgeops init again.",
    ]
    return "".join(f"{inert(line)}\n" for line in lines)


def _told(value: str | None) -> str:
    return "(not there)" if value is None else value


def summary(result: InitResult) -> str:
    """One sentence: how many files, and what became of them."""
    if result.conflicts:
        count = len(result.conflicts)
        return f"{count} conflict{'s' * (count != 1)}: nothing was written."
    would = "would be " if result.dry_run else ""
    words = {
        "created": {Outcome.CREATE},
        "updated": {Outcome.UPDATE, Outcome.OVERWRITE},
        "merged": {Outcome.MERGE},
        "deleted": {Outcome.DELETE, Outcome.DISCARD},
    }
    counts = {
        word: sum(item.outcome in outcomes for item in result.files)
        for word, outcomes in words.items()
    }
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    unchanged = sum(item.outcome is Outcome.IDENTICAL for item in result.files)
    kept = len(result.files) - unchanged - sum(counts.values())
    edited = f", {kept} as you edited them" if kept else ""
    if not told:
        return f"Nothing to change: {unchanged} files are as generated{edited}."
    return f"Files: {would}{told}; {unchanged} unchanged{edited}."


def render_tree(result: InitResult, *, color: bool, width: int) -> str:
    """
    The files that are not simply as generated, as a tree, each with its mark.

    Under ``--dry-run`` a unified diff of what would change in existing files follows. What
    collides in a conflict is for `conflicts` to show.
    """
    console = Console(
        file=StringIO(),
        force_terminal=color,
        color_system="standard" if color else None,
        width=max(width, _STEM),
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    shown = [item for item in result.files if item.outcome is not Outcome.IDENTICAL]
    if shown:
        console.print(_tree(shown), soft_wrap=True)
    if result.dry_run:
        for item in shown:
            _diff(console, item)
    console.print(Text(summary(result)), soft_wrap=True)
    file = console.file
    assert isinstance(file, StringIO)
    lines = (line.rstrip() for line in file.getvalue().splitlines())
    return "".join(f"{line}\n" for line in lines)


def _tree(shown: list[FileOutcome]) -> Tree:
    top = Tree(Text("."))
    branches: dict[str, Tree] = {"": top}
    for item in sorted(shown, key=lambda item: item.path.split("/")):
        folder, _, name = item.path.rpartition("/")
        branch = _branch(branches, folder)
        sign, style, remark = _MARK[item.outcome]
        label = Text(f"{sign} {inert(name)}", style=style)
        if item.moved_from:
            remark = f"{remark}, moved from {inert(item.moved_from)}".lstrip(", ")
        if remark:
            label.append(f"  ({remark})", style="dim")
        branch.add(label)
    return top


def _branch(branches: dict[str, Tree], folder: str) -> Tree:
    if folder not in branches:
        parent, _, name = folder.rpartition("/")
        branches[folder] = _branch(branches, parent).add(Text(f"{inert(name)}/"))
    return branches[folder]


_DIFFERS = frozenset(
    {Outcome.UPDATE, Outcome.MERGE, Outcome.OVERWRITE, Outcome.DELETE, Outcome.DISCARD}
)


def _diff(console: Console, item: FileOutcome) -> None:
    if item.outcome not in _DIFFERS:
        return
    before, after = _lines(item.before or b""), _lines(item.after or b"")
    target = "/dev/null" if item.after is None else f"b/{item.path}"
    for line in difflib.unified_diff(before, after, f"a/{item.path}", target, lineterm=""):
        style = "bold" if line[:3] in {"+++", "---"} else _DIFF_STYLE.get(line[:1], "")
        console.print(Text(inert(line), style=style), soft_wrap=True)


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()
