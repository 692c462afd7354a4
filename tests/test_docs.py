"""What the documentation says is so: examples run, links lead somewhere, nothing is left out."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edgeops.cli import cli
from edgeops.core import documents
from edgeops.core.fleet.spec import json_schema
from edgeops.core.ignore import parse_rules
from edgeops.core.plan.argocd import consul_health_checks
from edgeops.errors import ExitStatus
from scripts import generate_reference

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("tests/**/*.md"))
)
RUN = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
FLEET = ("edgeops.yaml", "base", "overlays", "clusters", ".edgeops", "scripts/demo")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_MARK = "\x02"


@dataclass
class Example:
    """A command of a page, and what the page shows of its output."""

    command: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


def blocks(page: Path, language: str) -> list[str]:
    """The contents of the page's fenced blocks of one language."""
    text = page.read_text(encoding="utf-8")
    return [found[2] for found in _FENCE.finditer(text) if found[1] == language]


def examples(page: Path) -> list[Example]:
    """The commands of the page's ``console`` blocks, in order."""
    found: list[Example] = []
    for block in blocks(page, "console"):
        continued = False
        assert block.startswith("$ "), f"{page.name}: a console block begins with a command"
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Example(command=[line[2:]]))
            elif continued or line.startswith("> "):
                found[-1].command.append(line.removeprefix("> "))
            else:
                found[-1].shown.append(line)
            continued = line.endswith("\\") and not found[-1].shown
    return found


def pattern(shown: list[str]) -> re.Pattern[str]:
    """What *shown* stands for: ``…`` is any text, and alone on a line any lines."""
    parts = [
        r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in shown
    ]
    return re.compile("".join(parts))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A committed copy of the sample fleet, as a clone of this repository has it."""
    root = tmp_path / "clone"
    for name in FLEET:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Fleet")):
        subprocess.run(("git", *command), cwd=root, check=True)
    return root


@pytest.mark.parametrize("page", [page for page in RUN if examples(page)], ids=lambda p: p.name)
def test_examples_give_what_the_page_shows(page: Path, clone: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    edgeops = programs / "edgeops"
    edgeops.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeops "$@"\n')
    edgeops.chmod(0o755)
    wanted = examples(page)
    done = subprocess.run(
        ("bash",),
        cwd=clone,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
        },
        input="".join(
            "\n".join(example.command) + f"\nprintf '{_MARK}%s{_MARK}' $?\n" for example in wanted
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = done.stdout.split(_MARK)
    for index, example in enumerate(wanted):
        output, status = said[2 * index], said[2 * index + 1]
        told = f"$ {example.command[0]}\n{output}"
        assert status == "0", told
        if example.shown:
            assert pattern(example.shown).fullmatch(output), told


def test_the_readme_shows_a_report() -> None:
    """So that the test above cannot pass for want of examples."""
    commands = [line for example in examples(ROOT / "README.md") for line in example.command]
    assert any(line.startswith("edgeops drift --live") for line in commands)
    assert any(line.startswith("edgeops init") for line in commands)


def test_wildcards() -> None:
    assert pattern(["a … c", "…", "z"]).fullmatch("a b c\nmore\nz\n")
    assert not pattern(["a … c", "z"]).fullmatch("a b c\nmore\nz\n")
    assert not pattern(["a.c"]).fullmatch("abc\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in _anchors(goal), f"{page.name}: {target}"


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|= )make ([a-z0-9-]+)", text, re.MULTILINE))
    assert named <= targets


def test_the_reference_of_commands_is_current() -> None:
    written = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert written == generate_reference.reference(), "run python -m scripts.generate_reference"


def test_the_reference_of_rules_is_current() -> None:
    written = generate_reference.RULES.read_text(encoding="utf-8")
    assert written == generate_reference.rules(), "run python -m scripts.generate_reference"


def test_commands_and_exit_statuses_are_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in cli.commands or cli.list_commands(None):  # type: ignore[arg-type]  # unused there
        assert f"edgeops {name}" in readme
    rows = re.findall(r"^\| (\d+) \|", readme, re.MULTILINE)
    assert rows == [str(int(status)) for status in ExitStatus]
    assert set(generate_reference.STATUSES) == set(ExitStatus)


def test_every_key_of_the_file_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "edgeops-yaml.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == set(_keys(json_schema(), json_schema()))


def _keys(schema: Mapping[str, Any], node: Mapping[str, Any], at: str = "") -> Iterator[str]:
    if "$ref" in node:
        yield from _keys(schema, schema["$defs"][node["$ref"].rpartition("/")[2]], at)
    for form in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _keys(schema, form, at)
    if "items" in node:
        yield from _keys(schema, node["items"], f"{at}[]")
    for name, below in node.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path
        yield from _keys(schema, below, path)


def test_the_guide_shows_the_health_checks_that_init_prints() -> None:
    (shown,) = blocks(ROOT / "docs" / "guides" / "argocd.md", "yaml")
    assert documents.load(shown) == {"data": consul_health_checks()}


def test_the_rules_of_the_guide_are_rules() -> None:
    shown = blocks(ROOT / "docs" / "guides" / "drift.md", "yaml")
    for text in shown:
        assert parse_rules(documents.load(text), source="drift.md", place="")
    assert {"jsonPointers", "jqPathExpressions", "managedFieldsManagers", "paths"} <= set(
        re.findall(r"\w+", "".join(shown))
    )


def test_nothing_of_one_machine() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/(?:root|home/\w+|work)/", text), page
