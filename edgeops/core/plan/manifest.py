"""Planned files, and YAML that a person likes to read: comments that say why, one entry a line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgeops.core.documents import dump_yaml
from edgeops.core.merge.classes import FileClass

Body = dict[str, Any]
"""A manifest, or a part of one, under construction: its maker owns it."""

KUSTOMIZATION = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}

_UNFOLDED = 10_000
"""Columns: a folded text is harder to read, and to merge, than a long line."""

_NOTE = re.compile(r"^([ -]*)(['\"])# (.*)\2: null$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One file that the repository shall have."""

    path: str
    """POSIX, below edgeops' directory."""

    content: str
    ownership: FileClass = FileClass.MERGED
    """Whose the file is once it is written."""

    documents: tuple[Mapping[str, Any], ...] = field(default=(), compare=False, repr=False)
    """The manifests that `content` spells; empty for a file of something else."""


def note(text: str) -> dict[str, None]:
    """
    A comment of one line before the key that follows it: ``{**note("why"), "key": value}``.

    YAML libraries that write comments keep them beside the values; here they stand among the
    keys, where whoever reads the code sees what the reader of the file will see.
    """
    return {f"# {text}": None}


def yaml_file(
    path: str,
    about: str,
    *documents: Mapping[str, Any],
    ownership: FileClass = FileClass.MERGED,
) -> PlannedFile:
    """
    A file of *documents*, opened by the comment *about* (lines without their ``#``).

    One that is not merged says so in its first line.
    """
    lines = [*([ownership.head] if ownership.head else []), *about.splitlines()]
    head = "".join(f"# {line}".rstrip() + "\n" for line in lines)
    body = "---\n".join(_text(document) for document in documents)
    return PlannedFile(path=path, content=head + body, ownership=ownership, documents=documents)


def _text(document: Mapping[str, Any]) -> str:
    return _NOTE.sub(_comment, dump_yaml(document, width=_UNFOLDED))


def _comment(match: re.Match[str]) -> str:
    indent, quote, text = match.groups()
    return f"{indent}# {text.replace(quote * 2, quote)}"
