"""
The three-way merge of YAML by its structure.

Maps are merged by key, lists as `edgeops.core.merge.identity` says, documents by the object
that they are. What only the template changed is written into the user's text; what only the
user changed stays as it is; what both changed differently is a conflict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from edgeops.core.documents import dump_json
from edgeops.core.merge import nodes
from edgeops.core.merge.conflicts import Conflict, Side, shown
from edgeops.core.merge.identity import element_keys
from edgeops.core.merge.layout import Part
from edgeops.core.merge.nodes import Node, fields, resolved, value_of
from edgeops.core.merge.parts import Parts, Piece
from edgeops.core.merge.threeway import Change, Stretch, stretches
from edgeops.core.merge.values import ABSENT, same
from edgeops.core.paths import ListKey, render
from edgeops.core.schemas import UNKNOWN
from edgeops.core.schemas import Node as Schema

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Where the merge is: for conflicts, and for what is known of the lists here."""

    line: int
    path: str = ""
    kind: str = ""
    field: str = ""
    object: str = ""
    schema: Schema = UNKNOWN
    secret: bool = False

    def below(self, name: str) -> "At":
        secret = self.secret or (self.kind == "Secret" and name in {"data", "stringData"})
        return replace(
            self,
            path=_joined(self.path, render((name,))),
            field=name,
            schema=self.schema.field(name),
            secret=secret,
        )

    def element(self, key: ListKey | str | int) -> "At":
        text = str(key) if isinstance(key, ListKey) else f"[{key}]"
        return replace(self, path=self.path + text, schema=self.schema.items)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and not name.startswith("[") else path + name


Three = tuple[Node | None, Node | None, Node | None]
"""Last generated, now generated, and the user's; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureMerge:
    """One file being merged; `conflicts` grows."""

    parts: Parts
    prefer: Side | None
    conflicts: list[Conflict] = field(default_factory=list)

    def decide(self, three: Three, at: At) -> Piece | None:
        """What becomes of a thing; None if it is not there afterwards."""
        base, generated, yours = three
        was, now, mine = (ABSENT if node is None else value_of(node) for node in three)
        if same(was, now) or same(mine, now):
            return None if yours is None else self.parts.kept(yours)
        if generated is None or yours is None:
            if same(was, mine) or (generated is None and _reordered(was, mine, at)):
                return None if generated is None else Piece(value=now, text=None)
            return None if _reordered(was, now, at) else self._clash(three, at)
        found = self._inside(base, generated, yours, at)
        if found is not None:
            return found
        if same(was, mine):
            return Piece(value=now, text=None)
        return self._clash(three, at)

    def _inside(self, base: Node | None, generated: Node, yours: Node, at: At) -> Piece | None:
        """The merge of two collections of one type; None if they are none."""
        was = None if base is None else resolved(base)
        now, mine = resolved(generated), resolved(yours)
        at = replace(at, line=yours.line)
        found: Piece | None = None
        match was, now, mine:
            case nodes.Mapping() | None, nodes.Mapping(), nodes.Mapping():
                found = self._mapping(was, now, mine, at)
            case nodes.Sequence() | None, nodes.Sequence(), nodes.Sequence():
                found = self._sequence(was, now, mine, at)
        if found is not None and mine is not yours:
            return replace(found, text=None)
        return found

    def _clash(self, three: Three, at: At) -> Piece | None:
        _, generated, yours = three
        was, now, mine = (ABSENT if node is None else value_of(node) for node in three)
        self.clash(was, now, mine, at if yours is None else replace(at, line=yours.line))
        if self.prefer is Side.GENERATED:
            return None if generated is None else Piece(value=now, text=None)
        return None if yours is None else self.parts.kept(yours)

    def clash(self, was: Any, now: Any, mine: Any, at: At) -> None:
        """Note a conflict, unless somebody said whose word counts."""
        if self.prefer is None:
            name = f"{at.object}: {at.path}" if at.object and at.path else at.object or at.path
            secret = at.secret or (at.kind == "Secret" and not at.path)
            values = (shown(value, secret=secret) for value in (was, now, mine))
            one, two, three = values
            self.conflicts.append(
                Conflict(line=at.line, field=name, base=one, generated=two, yours=three)
            )

    # Maps.

    def _mapping(
        self, base: nodes.Mapping | None, now: nodes.Mapping, mine: nodes.Mapping, at: At
    ) -> Piece:
        was = {} if base is None else fields(base)
        new, have = fields(now), fields(mine)
        own = {entry.name: number for number, entry in enumerate(mine.entries)}
        pieces = {
            name: self.decide((was.get(name), new.get(name), have.get(name)), at.below(name))
            for name in dict.fromkeys((*have, *new))
        }
        value = {name: piece.value for name, piece in pieces.items() if piece is not None}
        order = ordered([*own], [name for name in new if pieces[name] is not None])
        order += [
            name for name in value if name not in order and not self._stands(have, pieces, name)
        ]
        parts = [
            self.parts.entry(name, own.get(name), pieces.get(name), now, mine) for name in order
        ]
        return Piece(value=value, text=self.parts.text(mine, parts))

    def _stands(
        self, have: Mapping[str, Node], pieces: Mapping[str, Piece | None], name: str
    ) -> bool:
        """Whether a value that a ``<<`` brings is as it is to be."""
        piece = pieces[name]
        return name in have and piece is not None and same(value_of(have[name]), piece.value)

    # Lists.

    def _sequence(
        self, base: nodes.Sequence | None, now: nodes.Sequence, mine: nodes.Sequence, at: At
    ) -> Piece:
        lists = [() if base is None else base.items, now.items, mine.items]
        values = [[value_of(item) for item in items] for items in lists]
        keys = element_keys(values, at.field, at.kind, at.schema)
        made = (
            self._ordered(lists, values, now, mine, at)
            if keys is None
            else self._keyed(lists, keys, now, mine, at)
        )
        value = [piece.value for _, piece in made if piece is not None]
        return Piece(value=value, text=self.parts.text(mine, [part for part, _ in made]))

    def _keyed(
        self,
        lists: Sequence[Sequence[Node]],
        keys: Sequence[Sequence[ListKey | str]],
        now: nodes.Sequence,
        mine: nodes.Sequence,
        at: At,
    ) -> list[tuple[Part, Piece | None]]:
        was, new, have = (
            dict(zip(k, items, strict=True)) for k, items in zip(keys, lists, strict=True)
        )
        pieces = {
            key: self.decide((was.get(key), new.get(key), have.get(key)), at.element(key))
            for key in dict.fromkeys((*have, *new))
        }
        numbers = {key: number for number, key in enumerate(keys[2])}
        order = ordered([*keys[2]], [key for key in new if pieces[key] is not None])
        places = {key: number for number, key in enumerate(keys[1])}
        return [
            (
                self.parts.item(numbers.get(key), pieces[key], places.get(key), now, mine),
                pieces[key],
            )
            for key in order
        ]

    def _ordered(
        self,
        lists: Sequence[Sequence[Node]],
        values: Sequence[Sequence[Any]],
        now: nodes.Sequence,
        mine: nodes.Sequence,
        at: At,
    ) -> list[tuple[Part, Piece | None]]:
        texts = [[dump_json(value) for value in found] for found in values]
        made: list[tuple[Part, Piece | None]] = []
        for stretch in stretches(texts[0], texts[1], texts[2]):
            made += self._stretch(stretch, lists, values, now, mine, at)
        return made

    def _stretch(
        self,
        stretch: Stretch,
        lists: Sequence[Sequence[Node]],
        values: Sequence[Sequence[Any]],
        now: nodes.Sequence,
        mine: nodes.Sequence,
        at: At,
    ) -> list[tuple[Part, Piece | None]]:
        base, new, have = (
            range(*place) for place in (stretch.base, stretch.generated, stretch.yours)
        )
        if stretch.change in {Change.NOBODY, Change.YOURS, Change.ALIKE}:
            return [self._old(number, mine) for number in have]
        pairs = self._pairs(base, new, have, values)
        if pairs is not None:
            made: list[tuple[Part, Piece | None]] = []
            for b, g, u in pairs:
                if b is None:
                    made.append(self._old(u, mine) if g is None else self._fresh(g, now, mine))
                    continue
                three = (lists[0][b], lists[1][g], lists[2][u])
                piece = self.decide(three, at.element(u))
                made.append((self.parts.item(u, piece, g, now, mine), piece))
            return made
        if stretch.change is Change.DIFFERENTLY:
            was, after, before = (
                [found[n] for n in place]
                for found, place in zip(values, (base, new, have), strict=True)
            )
            line = lists[2][have[0]].line if have else at.line
            self.clash(was, after, before, replace(at, line=line))
            if self.prefer is not Side.GENERATED:
                return [self._old(number, mine) for number in have]
        gone = [
            (self.parts.dropped(n, mine.starts[n], mine.items[n].end, mine), None) for n in have
        ]
        return [*gone, *(self._fresh(number, now, mine) for number in new)]

    def _pairs(
        self, base: range, new: range, have: range, values: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, Any, Any]] | None:
        """
        Which elements of a stretch are one: by place, where one side only changed them.

        None if that cannot be told. An element that a side added at the end is alone.
        """
        count = len(base)
        if not count:
            return None
        if len(new) == len(have) == count:
            return list(zip(base, new, have, strict=True))
        same_start = [values[0][n] for n in base]
        if len(new) == count and [values[2][n] for n in have[:count]] == same_start:
            return [*zip(base, new, have, strict=False), *((None, None, n) for n in have[count:])]
        if len(have) == count and [values[1][n] for n in new[:count]] == same_start:
            return [*zip(base, new, have, strict=False), *((None, n, None) for n in new[count:])]
        return None

    def _old(self, number: int, mine: nodes.Sequence) -> tuple[Part, Piece | None]:
        piece = self.parts.kept(mine.items[number])
        return self.parts.item(number, piece, None, mine, mine), piece

    def _fresh(
        self, number: int, now: nodes.Sequence, mine: nodes.Sequence
    ) -> tuple[Part, Piece | None]:
        piece = Piece(value=value_of(now.items[number]), text=None)
        return self.parts.item(None, piece, number, now, mine), piece


def _reordered(one: Any, other: Any, at: At) -> bool:
    """Whether two lists differ in nothing but an order that says nothing."""
    if not isinstance(one, list) or not isinstance(other, list):
        return False
    keys = element_keys((one, other), at.field, at.kind, at.schema)
    if keys is None:
        return False
    return same(
        {str(key): value for key, value in zip(keys[0], one, strict=True)},
        {str(key): value for key, value in zip(keys[1], other, strict=True)},
    )


def ordered(mine: list[K], generated: list[K]) -> list[K]:
    """The keys of *mine*, each new one behind the one that it follows in *generated*."""
    order = [*mine]
    for number, key in enumerate(generated):
        if key in order:
            continue
        before = [order.index(other) for other in generated[:number] if other in order]
        order.insert(before[-1] + 1 if before else 0, key)
    return order
