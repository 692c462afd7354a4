"""
Upgrades with a person's edits in them: edgeops beside copier and cruft, on the same cases.

The cases are those of ``tests/merge/cases``. The rivals run for real, each with a template in
git whose first version is what was generated last time and whose second is what is generated
now. They are judged by what the files mean, however they are laid out.

    python -m bench.upgrades [--few] [--docs DIR]

It writes ``benchmarks-upgrades.md``; ``--few`` runs the first ten cases and writes nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from edgeops.core import documents
from edgeops.core.reconcile import Rules, reconcile
from edgeops.wiring import schemas
from tests.merge.corpus import Case, Tree, cases

# Whose cases these are: https://github.com/copier-org/copier, https://github.com/cruft/cruft.
PINNED = ("copier==9.19.1", "cruft==2.16.0")
PAGE = "benchmarks-upgrades.md"
ANSWERS = "{{_copier_conf.answers_file}}.jinja"
OWN = {".copier-answers.yml", ".cruft.json"}
MARKER = b"<<<<<<<"


class Verdict(StrEnum):
    """What came of one case."""

    RIGHT = "right"
    CONFLICT = "spurious conflict"
    SILENT = "silently wrong"
    QUIET = "conflict, but exit 0"


def main() -> None:
    """Run the cases, print a table, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--few", action="store_true", help="the first ten cases, and no page")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where to write the page")
    given = parser.parse_args()
    chosen = [case for case in cases() if not given.few or case.name.startswith("upgrade/")]
    tools: dict[str, Callable[[Case], Verdict]] = {"edgeops": _edgeops}
    place = _rivals()
    if place is None:
        print("Skipped: copier and cruft cannot be installed here.")
    else:
        tools |= {
            "copier 9.19.1": lambda case: _rival(case, place, _copier),
            "cruft 2.16.0": lambda case: _rival(case, place, _cruft),
        }
    print(f"  {'case':<44}" + "".join(f"{name:<23}" for name in tools))
    found: dict[str, dict[str, Verdict]] = {}
    for case in chosen:
        found[case.name] = {name: run(case) for name, run in tools.items()}
        told = "".join(f"{verdict:<23}" for verdict in found[case.name].values())
        print(f"  {case.name:<44}{told}", flush=True)
    for verdict in Verdict:
        told = "".join(f"{count:<23}" for count in _counts(found, verdict, tools))
        print(f"  {verdict:<44}{told}")
    # A page without the rivals would say that there are none.
    if place is not None and not given.few:
        (given.docs / PAGE).write_text(_page(found, [*tools]), encoding="utf-8")


def _counts(
    found: Mapping[str, Mapping[str, Verdict]], verdict: Verdict, tools: Iterable[str]
) -> list[int]:
    return [sum(told[name] is verdict for told in found.values()) for name in tools]


_ABOUT = """\
# Upgrades with edits in them

`make bench` wrote this page. Each case is a template in two versions and what a person
made of the first; the cases are those of [tests/merge/cases](../tests/merge/cases), of which
`upgrade/` are the ones that were written down before edgeops' merge was. copier and cruft run for
real, from git, as their documentation says. A result is *right* if the files mean what they
should, however they are laid out, or if what truly collides ends with a status that is not 0.
*Silently wrong*: something of the person's or of the template's is lost, or there twice, and the
status is 0 without a word. The cases are edgeops' own tests, so it passes them all; what the
table says is what the same cases come to elsewhere.
"""


def _page(found: Mapping[str, Mapping[str, Verdict]], tools: Sequence[str]) -> str:
    def row(*cells: object) -> str:
        return f"| {' | '.join(map(str, cells))} |\n"

    text = _ABOUT
    for title, names in (
        ("The first ten", [name for name in found if name.startswith("upgrade/")]),
        ("All", [*found]),
    ):
        part = {name: found[name] for name in names}
        text += f"\n## {title}: {len(part)} cases\n\n"
        text += row("", *tools) + row("---", *("---:" for _ in tools))
        text += "".join(row(verdict, *_counts(part, verdict, tools)) for verdict in Verdict)
    text += "\n## Case by case\n\n" + row("case", *tools) + row("---", *("---" for _ in tools))
    return text + "".join(row(f"`{name}`", *told.values()) for name, told in found.items())


def _rivals() -> Path | None:
    """The programs of the rivals, installed once; None where that cannot be done."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "edgeops" / "bench" / "-".join(PINNED).replace("==", "-")
    programs = place / "bin"
    if not (programs / "cruft").exists() or not (programs / "copier").exists():
        venv.create(place, with_pip=True, clear=True)
        done = subprocess.run(
            (programs / "python", "-m", "pip", "install", "--quiet", *PINNED),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return None
    return programs


def _edgeops(case: Case) -> Verdict:
    merge = reconcile(case.generated, case.base, case.yours, Rules(schemas=schemas()))
    if merge.conflicts:
        return Verdict.RIGHT if case.expected is None else Verdict.CONFLICT
    kept = {path: text for path, text in case.yours.items() if path not in merge.deletes}
    return _judged(case, {**kept, **merge.writes}, told=False, failed=False)


Run = Callable[[Path, Path, Path], tuple[Path, list[str]]]
"""Given programs, template and a folder: make the project; its place, and the update command."""


def _rival(case: Case, programs: Path, run: Run) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template")
        template.mkdir()
        _git(template, "init", "-q", "-b", "main")
        inside = template / "{{cookiecutter.project}}" if run is _cruft else template
        _template(template, run)
        for version, tree in (("v1", case.base), ("v2", case.generated)):
            _replace(inside, case.base, tree)
            _git(template, "add", "-A")
            _git(template, "commit", "-q", "--allow-empty", "-m", version)
            _git(template, "tag", version)
        project, update = run(programs, template, Path(folder))
        _git(project, "init", "-q", "-b", "main")
        _git(project, "add", "-A")
        _git(project, "commit", "-q", "-m", "as generated")
        _replace(project, case.base, case.yours)
        _git(project, "add", "-A")
        _git(project, "commit", "-q", "--allow-empty", "-m", "by hand")
        done = subprocess.run(update, cwd=project, capture_output=True, check=False)
        tree = _tree(project)
    told = any(path.endswith((".rej", ".orig")) or MARKER in text for path, text in tree.items())
    return _judged(case, tree, told=told, failed=done.returncode != 0)


def _template(template: Path, run: Run) -> None:
    if run is _cruft:
        head = {"project": "project", "_copy_without_render": ["*"]}
        (template / "cookiecutter.json").write_text(documents.dump_json(head))
    else:
        (template / "copier.yml").write_text("_exclude: [copier.yml, .git]\n")
        (template / ANSWERS).write_text("{{ _copier_answers|to_nice_yaml -}}\n")


def _copier(programs: Path, template: Path, folder: Path) -> tuple[Path, list[str]]:
    project, copier = folder / "project", str(programs / "copier")
    common = ["--defaults", "--quiet"]
    _run(copier, "copy", *common, "--vcs-ref", "v1", f"git+file://{template}", str(project))
    return project, [copier, "update", *common, "--vcs-ref", "v2"]


def _cruft(programs: Path, template: Path, folder: Path) -> tuple[Path, list[str]]:
    cruft = str(programs / "cruft")
    _run(cruft, "create", str(template), "--checkout", "v1", "-y", "--output-dir", str(folder))
    return folder / "project", [cruft, "update", "--checkout", "v2", "-y"]


def _replace(folder: Path, base: Tree, tree: Tree) -> None:
    for path in base:
        (folder / path).unlink(missing_ok=True)
    for path, text in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    folder.mkdir(exist_ok=True)
    (folder / ".keep").touch()


def _tree(folder: Path) -> Tree:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def _judged(case: Case, tree: Mapping[str, bytes], *, told: bool, failed: bool) -> Verdict:
    if case.expected is None:
        if failed:
            return Verdict.RIGHT
        return Verdict.QUIET if told else Verdict.SILENT
    if told or failed:
        return Verdict.CONFLICT
    found = {path: text for path, text in tree.items() if path not in {*OWN, ".keep"}}
    return Verdict.RIGHT if _meaning(found) == _meaning(case.expected) else Verdict.SILENT


def _meaning(tree: Mapping[str, bytes]) -> dict[str, Any]:
    return {path: _of_file(path, text) for path, text in tree.items()}


def _of_file(path: str, text: bytes) -> Any:
    if not path.endswith(".yaml"):
        return text
    try:
        found = documents.load_all(text.decode("utf-8-sig"))
    except documents.DocumentError:
        return text
    return sorted(documents.dump_json(_sorted(document.value)) for document in found)


def _sorted(value: Any) -> Any:
    """*value* in an order of its own: where an element stands does not decide who is right."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=documents.dump_json)
    return value


def _git(folder: Path, *argv: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    _run("git", "-C", str(folder), *identity, "-c", "core.autocrlf=false", *argv)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(argv[:6])} …: {done.stderr}")


if __name__ == "__main__":
    main()
