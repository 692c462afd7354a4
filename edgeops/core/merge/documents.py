"""The documents of a file merged: each by the object that it is, wherever it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeops.core.documents import DocumentError
from edgeops.core.merge.identity import DocumentKey, document_keys, renamed
from edgeops.core.merge.nodes import Node, Source, value_of
from edgeops.core.merge.parts import Parts, Piece
from edgeops.core.merge.structure import At, StructureMerge, ordered
from edgeops.core.schemas import UNKNOWN, Schemas
from edgeops.core.schemas import Node as Schema

_MARKER = "---"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """One document: its root, and its text from behind its marker to the next one."""

    root: Node
    start: int
    end: int


def merge_documents(merge: StructureMerge, schemas: Schemas | None) -> tuple[str, tuple[Any, ...]]:
    """
    The merged text, and what its documents mean; `StructureMerge.conflicts` says if it counts.

    Raises:
        DocumentError: if a document has no marker although one stands before it.
    """
    was, now, mine = (
        _documents(source)
        for source in (merge.parts.base, merge.parts.generated, merge.parts.yours)
    )
    keyed = _paired(was, now, mine)
    pieces: dict[DocumentKey, Piece | None] = {}
    for key in dict.fromkeys((*keyed[2], *keyed[1])):
        three = tuple(found[key].root if key in found else None for found in keyed)
        pieces[key] = merge.decide((three[0], three[1], three[2]), _at(key, three, schemas))
    order = ordered([*keyed[2]], [key for key in keyed[1] if pieces[key] is not None])
    values = tuple(
        piece.value for key in order if (piece := pieces[key]) and piece.value is not None
    )
    return _written(merge.parts, keyed, pieces, order), values


def _documents(source: Source) -> list[_Document]:
    found = []
    for number, (root, marker) in enumerate(zip(source.roots, source.markers, strict=True)):
        if marker is None and number:
            raise DocumentError("a document begins without ---", root.line)
        following = source.markers[number + 1 :]
        end = following[0] if following else None
        found.append(
            _Document(
                root=root,
                start=0 if marker is None else marker + len(_MARKER),
                end=len(source.text) if end is None else end,
            )
        )
    return found


_Keyed = Mapping[DocumentKey, _Document]


def _paired(
    was: Sequence[_Document], now: Sequence[_Document], mine: Sequence[_Document]
) -> tuple[_Keyed, _Keyed, _Keyed]:
    """The documents by key; one that a side renamed stands under its old key."""
    base = _by_key(was)
    if len(was) == len(now) == len(mine) == 1:
        (key,) = base
        return base, {key: now[0]}, {key: mine[0]}
    sides = []
    for documents in (now, mine):
        side = _by_key(documents)
        new_names = renamed(_values(base), _values(side))
        old_names = {new: old for old, new in new_names.items()}
        sides.append({old_names.get(key, key): found for key, found in side.items()})
    return base, sides[0], sides[1]


def _by_key(documents: Sequence[_Document]) -> dict[DocumentKey, _Document]:
    keys = document_keys([value_of(document.root) for document in documents])
    return dict(zip(keys, documents, strict=True))


def _values(keyed: _Keyed) -> dict[DocumentKey, Any]:
    return {key: value_of(document.root) for key, document in keyed.items()}


def _at(key: DocumentKey, three: Sequence[Node | None], schemas: Schemas | None) -> At:
    line = three[2].line if three[2] is not None else 1
    return At(
        line=line,
        kind=key.kind,
        object=str(key),
        schema=_schema(three, key.kind, schemas),
    )


def _schema(three: Sequence[Node | None], kind: str, schemas: Schemas | None) -> Schema:
    if schemas is None:
        return UNKNOWN
    values = [value_of(node) for node in three if node is not None]
    for value in values:
        version = value.get("apiVersion") if isinstance(value, dict) else None
        if isinstance(version, str) and (found := schemas.root(version, kind)).known:
            return found
    return UNKNOWN


def _written(
    parts: Parts,
    keyed: tuple[_Keyed, _Keyed, _Keyed],
    pieces: Mapping[DocumentKey, Piece | None],
    order: Sequence[DocumentKey],
) -> str:
    text, newline = parts.yours.text, parts.yours.newline
    mine, first = keyed[2], next(iter(keyed[2].values()), None)
    out = text[: first.start] if first else _ended(text, newline)
    left: tuple[str, ...] = ()
    begun = bool(out.strip()) and out.endswith(_MARKER)
    for number, key in enumerate(order):
        piece, document = pieces[key], mine.get(key)
        if piece is None:
            assert document is not None
            stays = () if number else _head(parts, document)
            left = (*left, *stays, *parts.own_comments(document.start, document.end))
            continue
        segment = _segment(parts, piece, document, keyed[1].get(key))
        kept = "".join(f"{comment}{newline}" for comment in left)
        if number and any(pieces[before] is not None for before in order[:number]):
            out = _ended(out, newline) + _MARKER
            begun = True
        segment = _joined(segment, kept, newline, begun=begun)
        out += segment
        left, begun = (), True
    if left:
        out = _ended(out, newline) + "".join(f"{comment}{newline}" for comment in left)
    return out


def _joined(segment: str, kept: str, newline: str, *, begun: bool) -> str:
    """A document's text behind its marker, or at the start of the file where there is none."""
    if begun and not segment.startswith(("\n", "\r\n", " ")):
        segment = newline + segment
    if not begun:
        segment = segment.removeprefix("\r\n").removeprefix("\n")
    if not kept:
        return segment
    if not begun:
        return kept + segment
    line, end, rest = segment.partition("\n")
    return line + end + kept + rest


def _segment(
    parts: Parts, piece: Piece, document: _Document | None, template: _Document | None
) -> str:
    """The text of a document, from behind its marker."""
    if document is not None and piece.text is not None:
        text = parts.yours.text
        end = document.root.end
        return text[document.start : document.root.start] + piece.text + text[end : document.end]
    assert template is not None
    if value_of(template.root) != piece.value:
        raise DocumentError("a document cannot be written anew", None)
    lines = parts.generated.text[template.start : template.end].split("\n")
    known = {line.strip() for line in parts.base.text.split("\n") if line.startswith("#")}
    begun = [number for number, line in enumerate(lines) if line and not line.startswith("#")]
    head = [line for line in lines[: begun[0] if begun else 0] if line.strip() not in known]
    return parts.yours.newline.join([*head, *lines[begun[0] if begun else 0 :]])


def _head(parts: Parts, document: _Document) -> tuple[str, ...]:
    """The comments that open the file and that the template still has."""
    now = {line.strip() for line in parts.generated.text.split("\n") if line.startswith("#")}
    opening = parts.yours.text[document.start : document.root.start].splitlines()
    return tuple(line.strip() for line in opening if line.strip() in now)


def _ended(text: str, newline: str) -> str:
    return text if not text or text.endswith("\n") else text + newline
