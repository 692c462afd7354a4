"""
Write docs/reference/cli.md from the commands themselves, and docs/reference/rules.md from the rules
of ``edgeops validate``: ``python -m scripts.generate_reference``.

``tests/test_docs.py`` makes it anew and compares.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from edgeops.cli import cli
from edgeops.cli.nodes import FORMATS as NODES_FORMATS
from edgeops.cli.plan import FORMATS as PLAN_FORMATS
from edgeops.cli.report import DIFF_FORMATS
from edgeops.cli.routes import FORMATS as ROUTES_FORMATS
from edgeops.cli.sync_status import FORMATS as SYNC_STATUS_FORMATS
from edgeops.cli.validate import FORMATS as VALIDATE_FORMATS
from edgeops.cli.watch import FORMATS as WATCH_FORMATS
from edgeops.cli.zone import FORMATS as ZONE_FORMATS
from edgeops.errors import ExitStatus
from edgeops.report.registry import FORMATS as DRIFT_FORMATS
from edgeops.report.validation import rule_lines

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
RULES = REFERENCE.with_name("rules.md")
STATUSES = {
    ExitStatus.OK: (
        "done. `drift`: everything was read and is in sync. `init`: written, or nothing to do. "
        "`watch`: terminated"
    ),
    ExitStatus.FINDINGS: (
        "something was found. `drift`: something drifted. `validate`: a problem. `nodes`: a node "
        "lacks what its zone needs. `routes`: a call that is not answered, not allowed or not "
        "reachable. `init`, `plan`, `zone`: an edit of yours and a new version of a generated file "
        "collide; or, with `--exit-code`, something would change"
    ),
    ExitStatus.FAILED: (
        "it could not be done, or could not be told: usage, configuration, git, kustomize, a "
        "cluster. `drift`: also if a single object could not be read; this outranks 1"
    ),
    ExitStatus.CRASHED: "a bug in edgeops; please report what it printed",
    ExitStatus.INTERRUPTED: "interrupted by ^C",
}
FORMATS = {
    "init": ("table", "json", "markdown"),
    "validate": VALIDATE_FORMATS,
    "plan": PLAN_FORMATS,
    "zone add": PLAN_FORMATS,
    "zone remove": PLAN_FORMATS,
    "zone list": ZONE_FORMATS,
    "nodes": NODES_FORMATS,
    "render": ("yaml", "json"),
    "routes": ROUTES_FORMATS,
    "drift": DRIFT_FORMATS,
    "watch": WATCH_FORMATS,
    "sync-status": SYNC_STATUS_FORMATS,
    "history": DRIFT_FORMATS,
    "report convert": DRIFT_FORMATS,
    "report diff": DIFF_FORMATS,
    "report merge": DRIFT_FORMATS,
    "schedule kubernetes": ("yaml", "json"),
    "schedule github-actions": ("yaml", "json"),
    "schedule systemd": ("units",),
    "schedule run": DRIFT_FORMATS,
    "schema": ("json", "yaml"),
}

HEAD = """\
# Commands

<!-- Made by `python -m scripts.generate_reference` from the commands themselves. -->

Data go to stdout, everything else to stderr. Flags that take a list repeat.
"""


def reference() -> str:
    """The whole page."""
    context = click.Context(cli, info_name="edgeops")
    parts = [
        HEAD,
        "## Exit statuses\n",
        _table(("status", "meaning"), ((f"{int(s)}", text) for s, text in STATUSES.items())),
        "## Flags of every command\n",
        "They may stand before or after the command's name.\n",
        _flags(context, cli.params),
    ]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts += _command(click.Context(command, info_name=name, parent=context))
    return "\n".join(parts)


RULES_HEAD = """\
# Rules of edgeops validate

<!-- Made by `python -m scripts.generate_reference` from the rules themselves. -->

An error is refused somewhere, or does something else than it says; a warning works today. Either
makes `edgeops validate` exit 1. A rule is switched off by its id: see
[Validate](../guides/validate.md).
"""


def rules() -> str:
    """The page of the rules."""
    return "\n".join((RULES_HEAD, *rule_lines()))


def _command(context: click.Context) -> Iterator[str]:
    """The section of a command; of a group, its own and those of its commands."""
    command = context.command
    name = context.command_path.removeprefix("edgeops ")
    yield f"## edgeops {name}\n"
    if isinstance(command, click.Group):
        yield _paragraphs(command.help or "")
        for below, inner in command.commands.items():
            yield from _command(click.Context(inner, info_name=below, parent=context))
        return
    usage = " ".join(("edgeops", name, *command.collect_usage_pieces(context)))
    yield f"```text\n{usage}\n```\n"
    yield _paragraphs(command.help or "")
    common = {parameter.name for parameter in cli.params}
    own = [item for item in command.params if item.name not in common]
    options = [item for item in own if isinstance(item, click.Option)]
    if options:
        yield _flags(context, options)
    formats = ", ".join(f"`{item}`" for item in FORMATS[name])
    yield f"Formats of `-o`, the default first: {formats}.\n"
    examples = (command.epilog or "").removeprefix("\b\n").partition("\n")[2].rstrip()
    lines = [line.removeprefix("  ") for line in examples.splitlines()]
    yield "```sh\n" + "\n".join(lines) + "\n```\n"


def _paragraphs(text: str) -> str:
    """click's help, one line a paragraph."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(paragraphs) + "\n"


def _flags(context: click.Context, parameters: Sequence[click.Parameter]) -> str:
    records = (item.get_help_record(context) for item in parameters)
    rows = ((f"`{record[0]}`", record[1]) for record in records if record is not None)
    return _table(("flag", "meaning"), rows)


def _table(head: tuple[str, str], rows: Iterator[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    lines += [f"| {_cell(first)} | {_cell(second)} |" for first, second in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the pages."""
    for page, text in ((REFERENCE, reference()), (RULES, rules())):
        page.write_text(text, encoding="utf-8")
        print(f"{page.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
