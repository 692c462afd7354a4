"""
Objects that are kept for long, in little room.

As Python values a live Deployment with its managedFields takes many times the room of compressed
JSON. What is opened is remembered for a moment, for a comparison looks at it often.
"""

import zlib
from functools import lru_cache

from edgeops.core import documents
from edgeops.core.objects import JsonObject, KubeObject, ResourceKey

_FAST = 1
_OPEN = 64
"""How many objects are kept open."""


def packed(item: KubeObject) -> KubeObject:
    """*item* in little room; as it is, where JSON cannot hold all of it (infinity, say)."""
    try:
        text = documents.dump_compact(item.body)
        whole = documents.load(text) == item.body
    except (TypeError, documents.DocumentError):
        return item
    return PackedObject(zlib.compress(text, _FAST), item) if whole else item


class PackedObject(KubeObject):
    """An object that is opened when somebody looks into it; what it is called is at hand."""

    __slots__ = ("_api_version", "_key", "_packed")
    _packed: bytes
    _key: ResourceKey
    _api_version: str

    def __init__(self, text: bytes, item: KubeObject) -> None:
        for name, value in (
            ("_packed", text),
            ("_key", item.key),
            ("_api_version", item.api_version),
            ("origin", item.origin),
        ):
            object.__setattr__(self, name, value)

    @property  # a slot there, opened here
    def body(self) -> JsonObject:
        return _opened(self._packed)

    @property
    def key(self) -> ResourceKey:
        return self._key

    @property
    def api_version(self) -> str:
        return self._api_version

    @property
    def group(self) -> str:
        return self._key.group

    @property
    def kind(self) -> str:
        return self._key.kind

    @property
    def namespace(self) -> str:
        return self._key.namespace

    @property
    def name(self) -> str:
        return self._key.name


@lru_cache(maxsize=_OPEN)
def _opened(text: bytes) -> JsonObject:
    body = documents.load(zlib.decompress(text))
    assert isinstance(body, dict)
    return body
