"""
Live objects from a dump: what ``kubectl get … -o yaml|json`` printed.

A file, a directory of files, or standard input; Lists, multi-document YAML, or one object a
file. Nothing touches a network.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edgeops.core import documents, openapi
from edgeops.core.directives import is_nameless_hook
from edgeops.core.objects import KubeObject, ResourceKey, is_object
from edgeops.core.schemas import Schemas
from edgeops.errors import LiveStateError
from edgeops.ports import LiveState, Wanted

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class Snapshot:
    """
    A dump as a `LiveReader`.

    It counts as complete for the kinds and namespaces that it is asked about.

    Args:
        place: a file, a directory (read to the bottom), or ``-`` for standard input.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._found: tuple[KubeObject, ...] | None = None

    def objects(self) -> tuple[KubeObject, ...]:
        """
        Everything in the dump.

        Raises:
            LiveStateError: if it cannot be read, is not Kubernetes, or holds an object twice.
        """
        if self._found is None:  # once: standard input cannot be read again
            self._found = self._parsed()
        return self._found

    def _parsed(self) -> tuple[KubeObject, ...]:
        found: dict[ResourceKey, KubeObject] = {}
        read = [(name, document) for name, text in self._texts() for document in _read(name, text)]
        if not read:  # kubectl says that it found nothing with an empty List
            raise LiveStateError(f"{self._place}: no Kubernetes object in it.")
        for name, document in read:
            for item in _flat(f"{name}:{document.line}", document.value):
                if item.key in found and found[item.key].body != item.body:
                    raise LiveStateError(f"{name}: holds {item.key} twice, with different content.")
                found[item.key] = item
        return tuple(found.values())

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        everything = self.objects()
        kinds = {(item.group, item.kind): item for item in wanted}
        objects = tuple(
            item
            for item in everything
            if (want := kinds.get((item.group, item.kind))) is not None
            and want.covers(item.namespace)
        )
        note = (
            f"{self._place} counts as complete for the kinds and namespaces asked about; "
            "what is not in it is taken to be absent."
        )
        definitions = openapi.defined(item.body for item in everything)
        return LiveState(objects=objects, notes=(note,), schemas=Schemas(definitions))

    def _texts(self) -> Iterator[tuple[str, bytes]]:
        if self._place == "-":
            yield "standard input", sys.stdin.buffer.read()
            return
        root = Path(self._place)
        try:
            if not root.is_dir():
                yield self._place, root.read_bytes()
                return
            for path in sorted(root.rglob("*")):
                if path.suffix in _SUFFIXES and path.is_file():
                    yield str(path), path.read_bytes()
        except OSError as error:
            raise LiveStateError(f"{self._place}: {error.strerror or error}.") from error


def _read(name: str, text: bytes) -> list[documents.Document]:
    try:
        return documents.load_all(text)
    except documents.DocumentError as error:
        place = f"{name}:{error.line}" if error.line else name
        raise LiveStateError(f"{place}: {error}.") from error


def _flat(place: str, body: Any) -> Iterator[KubeObject]:
    if isinstance(body, dict) and isinstance(body.get("items"), list):
        kind = str(body.get("kind") or "")
        for index, item in enumerate(body["items"]):
            if isinstance(item, dict) and kind not in {"", "List"}:
                # a typed list, as the API itself answers: its items leave their type out
                item = {
                    "apiVersion": body.get("apiVersion"),
                    "kind": kind.removesuffix("List"),
                    **item,
                }
            yield from _flat(f"{place}: items[{index}]", item)
        return
    if not is_object(body) and not is_nameless_hook(body):
        raise LiveStateError(f"{place}: not a Kubernetes object (apiVersion, kind, metadata.name).")
    yield KubeObject(body)
