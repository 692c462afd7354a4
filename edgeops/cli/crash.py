"""
What a bug says of itself: enough to mend it, and nothing that somebody else may not see.

Of the stack there are places, not values; of the errors their types, without their texts, which
quote the data that a program choked on; of the command line its commands and flags.
"""

import platform
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from edgeops import __version__, wiring

REPORT_TO = "SECURITY.md and CONTRIBUTING.md of edgeops say where"


def crash_text(argv: Sequence[str], error: BaseException) -> str:
    """
    The report on a bug, for a person to copy.

    Args:
        argv: the arguments; of them only names of commands and flags are shown.
    """
    lines = [
        f"edgeops {__version__} has a bug, and did not finish. Please report what follows:",
        f"{REPORT_TO}. It has no values of yours in it.",
        "",
        f"doing:     edgeops {' '.join(_shown(argv))}".rstrip(),
        f"python:    {platform.python_version()} on {platform.system()} {platform.machine()}",
    ]
    for program, version in wiring.tool_versions().items():
        lines.append(f"{program + ':':<11}{version}")
    lines += ["", *_stack(error)]
    return "\n".join(lines)


def _shown(argv: Sequence[str]) -> Iterator[str]:
    """Commands and flags; what a flag is given, and what else stands there, is left out."""
    from edgeops.cli import cli

    command: click.Command = cli
    context = click.Context(cli)
    for word in argv:
        below = command.get_command(context, word) if isinstance(command, click.Group) else None
        name, equals, _ = word.partition("=")
        if below is not None:
            command = below
            yield word
        elif word.startswith("--"):
            yield f"{name}=…" if equals else name
        else:
            yield word[:2] if word.startswith("-") and word != "-" else "…"


def _stack(error: BaseException) -> Iterator[str]:
    """The chain of errors, the first cause first: each with the places that it came through."""
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        found = found.__cause__ or found.__context__
    for item in reversed(seen):
        for frame in traceback.extract_tb(item.__traceback__):
            yield f"  {_place(frame.filename)}:{frame.lineno} in {frame.name}"
        yield f"{type(item).__module__}.{type(item).__qualname__}".removeprefix("builtins.")


def _place(filename: str) -> str:
    """The file below its package: whose home directory it is, is nobody's business."""
    parts = Path(filename).parts
    for root in ("site-packages", "edgeops"):
        if root in parts:
            start = len(parts) - 1 - parts[::-1].index(root) + (root == "site-packages")
            return "/".join(parts[start:])
    return parts[-1]
