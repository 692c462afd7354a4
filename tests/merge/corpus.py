"""The corpus of merges: three trees, and what comes of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.core import documents

CASES = Path(__file__).parent / "cases"

Tree = dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One upgrade.

    Each side is a tree: text by path. There is either what is expected in the work tree
    afterwards, or conflicts: of each the file and whatever else of it is said.
    """

    name: str
    about: str
    base: Tree
    generated: Tree
    yours: Tree
    expected: Tree | None
    conflicts: list[dict[str, Any]]


def cases() -> list[Case]:
    """Every case, sorted by name."""
    return [_case(path) for path in sorted(CASES.rglob("*.yaml"))]


def _case(path: Path) -> Case:
    body = documents.load(path.read_bytes())
    return Case(
        name=f"{path.parent.name}/{path.stem}",
        about=body["about"],
        base=_tree(body["base"]),
        generated=_tree(body["generated"]),
        yours=_tree(body["yours"]),
        expected=_tree(body["expected"]) if "expected" in body else None,
        conflicts=body.get("conflicts", []),
    )


def _tree(body: dict[str, str]) -> Tree:
    return {path: text.encode() for path, text in body.items()}
