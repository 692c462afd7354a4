"""
Make ``docs/reliability.md`` out of what the tests counted.

``python -m scripts.reliability`` runs the tests that count, and writes the page;
``--from DIR`` writes it from the counts that are there already. What takes an hour is bounded here:
`make kills`, `make fuzz` and `make soak` do more of it, and leave their counts for the page.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.found import FOUND

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "build" / "reliability"
TESTS = (
    "tests/faults",
    "tests/secrets",
    "tests/hostile",
    "tests/crash",
    "tests/live",
    "tests/controlplane",
    "tests/fuzz",
    "tests/soak",
)
LONGER = tuple(ROOT / "build" / name for name in ("kills", "fuzz", "soak"))
"""Counts of the targets that take long; a section of theirs stands in place of a short one."""

BOUNDS = {
    "EDGEOPS_CRASHES": "20",
    "EDGEOPS_KILLS": "300",
    "EDGEOPS_SOAK_MINUTES": "3",
    "HYPOTHESIS_PROFILE": "long",
    "EDGEOPS_FUZZ_EXAMPLES": "500",
}

_HEAD = """\
# Reliability, counted

Made by `make reliability`: these are counts of tests that ran, not promises. "Wrong" is a verdict
that was not so, an edit that was lost, a secret that was found, a request that changed a cluster:
what each test would fail for. What they guard against: [threat-model.md](threat-model.md).
"""

_FOUND_HEAD = """
## Bugs that this found

By fuzzing, by soaking and by trying what an attacker would; each is mended, and has a case.

| what was wrong | case |
|---|---|
"""

_WORDS = {
    "cluster faults": "Each fault at each kind of request to an API server: discovery, OpenAPI, "
    "pages of a list, one namespace, one object; once, and lasting. Wrong is a finding that is "
    "not so, one that is lost without its place being named as unread, or a wrong exit status.",
    "random faults": "Whole checks of a drifted cluster behind a proxy that spoils answers at "
    "random, by what they said.",
    "injected at random": "The faults that those checks met.",
    "kills": "Runs of `init` and `zone` that are killed, or run out of disk, at the calls that "
    "write and at times drawn by lot; then `init` is run again. Wrong: the repository is neither "
    "as before nor as after, or something is left over.",
    "hostile": "What a repository asks to be run, read or reached, and must not. Wrong: escapes.",
    "soak of edgeops watch": "The real process between an API server and a proxy that spoils "
    "requests and open watches, while objects are changed by hand, commits are pushed, tokens "
    "expire and the server is started anew. Judged at quiet points against `edgeops drift` "
    "without faults; it ends with the same report, and with no more memory than before.",
    "fuzzing": "Executions of each test with input made by hypothesis.",
    "canaries": "Secrets planted wherever edgeops reads one, and looked for in everything that "
    "it wrote, with `-vvv` and failures provoked. Tried: texts, files, messages and "
    "command lines looked through; wrong: secrets found.",
    "requests to API servers": "By the audit logs of the tests' API servers.",
}


_NO_SUM = frozenset({"soak of edgeops watch"})
"""Whose rows count different things."""


@dataclass
class Row:
    """One line of a table, added up over processes."""

    tried: int = 0
    wrong: int = 0
    note: str = ""


def gathered(folder: Path) -> dict[str, dict[str, Row]]:
    """The rows of each section, added up over all files of a folder."""
    sections: dict[str, dict[str, Row]] = defaultdict(dict)
    for file in sorted(folder.glob("*.json")):
        found = json.loads(file.read_text(encoding="utf-8"))
        for item in found["rows"]:
            row = sections[found["section"]].setdefault(item["what"], Row())
            row.tried += item["tried"]
            row.wrong += item["wrong"]
            row.note = row.note or item.get("note", "")
    return sections


def page(sections: dict[str, dict[str, Row]], targets: Mapping[str, str]) -> str:
    """
    The whole page, in Markdown.

    Args:
        targets: of each section that is of a longer run, what was made.
    """
    order = [*(name for name in _WORDS if name in sections), *sorted(set(sections) - set(_WORDS))]
    parts = [_HEAD]
    for name in order:
        rows = sections[name]
        parts.append(f"\n## {name[:1].upper()}{name[1:]}\n")
        if name in _WORDS:
            parts.append(f"\n{_WORDS[name]}\n")
        if name in targets:
            parts.append(f"\nCounted by `make {targets[name]}`.\n")
        noted = any(row.note for row in rows.values())
        head = "| what | tried | wrong |" + (" note |" if noted else "")
        parts.append(f"\n{head}\n|---|---:|---:|{'---|' if noted else ''}\n")
        for what, row in rows.items():
            end = f" {row.note} |" if noted else ""
            parts.append(f"| {what} | {row.tried} | {row.wrong} |{end}\n")
        if len(rows) > 1 and name not in _NO_SUM:
            tried = sum(row.tried for row in rows.values())
            wrong = sum(row.wrong for row in rows.values())
            parts.append(f"| **all** | **{tried}** | **{wrong}** |{' |' if noted else ''}\n")
    parts.append(_FOUND_HEAD)
    parts += [f"| {what} | `{case}` |\n" for what, case in FOUND]
    return "".join(parts)


def merged(
    short: dict[str, dict[str, Row]], longer: Iterable[Path]
) -> tuple[dict[str, dict[str, Row]], dict[str, str]]:
    """The sections, each from where most of it was tried, and which are of what longer run."""
    sections, targets = dict(short), {}
    for folder in longer:
        for name, rows in gathered(folder).items():
            before = sum(row.tried for row in sections.get(name, {}).values())
            if sum(row.tried for row in rows.values()) > before:
                sections[name], targets[name] = rows, folder.name
    return sections, targets


def run() -> int:
    """Run the tests that count, and give pytest's status."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    places = [place for place in TESTS if (ROOT / place).is_dir()]
    argv = (sys.executable, "-m", "pytest", "-q", "-n", "2", *places)
    return subprocess.run(
        argv,
        cwd=ROOT,
        env={**os.environ, **BOUNDS, "EDGEOPS_RELIABILITY": str(RESULTS)},
        check=False,
    ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--from", dest="folder", type=Path, help="take the counts from here")
    folder = parser.parse_args().folder
    status = 0 if folder else run()
    PAGE.write_text(page(*merged(gathered(folder or RESULTS), LONGER)), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return status


if __name__ == "__main__":
    sys.exit(main())
