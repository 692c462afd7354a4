"""What it costs to start ``edgeops`` at all, beside the import of click."""

import sys
from collections.abc import Mapping
from pathlib import Path

from bench.runs import Measured, Program, in_turn

IMPORT = 'python -c "import click"'
VERSION = "edgeops --version"
HELP = "edgeops --help"


def measure(rounds: int) -> Mapping[str, Measured]:
    """Start each *rounds* times, in turn."""
    edgeops = str(Path(sys.executable).with_name("edgeops"))
    programs = (
        Program(name=IMPORT, argv=(sys.executable, "-c", "import click")),
        Program(name=VERSION, argv=(edgeops, "--version")),
        Program(name=HELP, argv=(edgeops, "--help")),
    )
    return in_turn(programs, rounds)
