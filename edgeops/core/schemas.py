"""
What Kubernetes knows of a field: its type, how its list merges, what it defaults to.

The data are generated from a real API server by ``scripts/generate_schemas.py`` (which says
what each key of a node means); this module only walks them. A kind without a schema gets
`UNKNOWN`: maps are maps, and every list is one value.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from edgeops.core import documents


class ListType(StrEnum):
    """How Kubernetes merges a list; an atomic one is a single value."""

    ATOMIC = "atomic"
    SET = "set"
    MAP = "map"


class Format(StrEnum):
    """Types whose values have several spellings."""

    QUANTITY = "quantity"
    INT_OR_STRING = "int-or-string"
    BYTE = "byte"
    DURATION = "duration"
    DATE_TIME = "date-time"


_FORMATS = {form.value: form for form in Format}
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Node:
    """
    The schema of one field, or of nothing known.

    Every field of every object asks its node, so that what a node answers is worked out once.

    Args:
        data: the node as generated; a scalar's is its type name.
        types: every named type, for following references.
    """

    data: Mapping[str, Any] | str
    types: Mapping[str, Any]
    site: Mapping[str, Any] | str = "any"
    """The node at the field itself where `data` is what it refers to: defaults stand there."""

    @cached_property
    def known(self) -> bool:
        return self.data != "any"

    def field(self, name: str) -> "Node":
        """The schema of a field or of a map's value; `UNKNOWN` if there is none."""
        return self._below.get(name) or self._beside(name)

    @cached_property
    def _below(self) -> dict[str, "Node"]:
        """The fields that were asked for."""
        return {}

    def _beside(self, name: str) -> "Node":
        fields = _NOTHING if isinstance(self.data, str) else self.data.get("fields", _NOTHING)
        if name not in fields:
            return self._values
        return self._below.setdefault(name, self._resolve(fields[name]))

    @cached_property
    def _values(self) -> "Node":
        """The schema of a map's values."""
        if isinstance(self.data, str) or "values" not in self.data:
            return UNKNOWN
        return self._resolve(self.data["values"])

    @cached_property
    def items(self) -> "Node":
        """The schema of a list's elements."""
        if isinstance(self.data, str) or "items" not in self.data:
            return UNKNOWN
        return self._resolve(self.data["items"])

    def is_entry(self, name: str) -> bool:
        """Whether *name* is a key of a map, which counts even if its value is empty."""
        if isinstance(self.data, str) or "values" not in self.data:
            return False
        return name not in self.data.get("fields", ())

    @cached_property
    def is_selector(self) -> bool:
        """Whether this is a label selector: an empty one selects everything, none nothing."""
        return (
            not isinstance(self.site, str)
            and self.site.get("ref") == "meta.v1.LabelSelector"
            and not self.has_default({})
        )

    @property
    def is_object(self) -> bool:
        """Whether it is an object or a map."""
        return not isinstance(self.data, str) and ("fields" in self.data or "values" in self.data)

    @property
    def is_list(self) -> bool:
        return not isinstance(self.data, str) and "items" in self.data

    @property
    def is_closed(self) -> bool:
        """Whether it is an object that has no fields but those that are named."""
        data = self.data
        return (
            not isinstance(data, str)
            and "fields" in data
            and "values" not in data
            and not data.get("open")
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of an object."""
        return () if isinstance(self.data, str) else tuple(self.data.get("fields", ()))

    def has_field(self, name: str) -> bool:
        return not isinstance(self.data, str) and name in self.data.get("fields", ())

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that must be there."""
        return tuple(name for name in self._of("required", ()) if self.has_field(name))

    @property
    def words(self) -> tuple[str, ...]:
        """The words that a text may be; empty where it may be any."""
        return tuple(self._of("enum", ()))

    @property
    def scalar(self) -> str | None:
        """``string``, ``integer``, ``number`` or ``boolean``; None for everything else."""
        if isinstance(self.data, str):
            return None if self.data == "any" else self.data
        found = self.data.get("type")
        return str(found) if found is not None else None

    def refers_to(self, type_name: str) -> bool:
        """Whether the field is of the named type."""
        return not isinstance(self.site, str) and self.site.get("ref") == type_name

    @cached_property
    def list_type(self) -> ListType:
        return ListType(self._of("list", ListType.ATOMIC))

    @cached_property
    def list_keys(self) -> tuple[str, ...]:
        """The key fields of a `ListType.MAP` list."""
        return tuple(self._of("keys", ()))

    @cached_property
    def is_atomic_map(self) -> bool:
        """Whether a map is replaced as a whole, such as a label selector."""
        return bool(self._of("atomic"))

    @cached_property
    def format(self) -> Format | None:
        return _FORMATS.get(self._of("format"))

    def has_default(self, value: Any) -> bool:
        """Whether *value* is what the API server fills in where the field is left out."""
        for source in (self.site, self.data):
            if isinstance(source, str):
                continue
            if "default" in source and source["default"] == value:
                return True
            if value in source.get("defaults", ()):
                return True
        return False

    def default(self) -> Any:
        """The one default of the field; None if it has none or several."""
        for source in (self.site, self.data):
            if not isinstance(source, str) and "default" in source:
                return source["default"]
        return None

    @cached_property
    def is_assigned(self) -> bool:
        """Whether the API server picks a value of its own, such as a cluster IP."""
        return bool(self._of("assigned") or self._of("computed"))

    @cached_property
    def zero_is_absent(self) -> bool:
        """Whether false, 0 and "" mean the same as leaving the field out."""
        return bool(self._of("zero"))

    def _of(self, name: str, otherwise: Any = None) -> Any:
        for source in (self.site, self.data):
            if not isinstance(source, str) and name in source:
                return source[name]
        return otherwise

    def _resolve(self, data: Mapping[str, Any] | str) -> "Node":
        site = data
        while not isinstance(data, str) and "ref" in data:
            data = self.types.get(data["ref"], "any")
        return Node(data, self.types, site)


UNKNOWN = Node("any", _NOTHING)
"""The schema of what nothing is known of."""


@dataclass(frozen=True, slots=True)
class KindInfo:
    """How the API serves a kind."""

    plural: str
    namespaced: bool


class Schemas:
    """
    The generated schemas of the kinds that a fleet may use.

    Args:
        data: the parsed file: ``versions``, ``kinds``, ``types``.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.versions: Mapping[str, str] = data["versions"]
        self._kinds: Mapping[str, Any] = data["kinds"]
        self._types: Mapping[str, Any] = data["types"]
        self._roots: dict[tuple[str, str], Node] = {}

    @classmethod
    def parse(cls, text: bytes) -> "Schemas":
        """Read the generated file."""
        return cls(documents.load(text))

    @cached_property
    def digest(self) -> bytes:
        """What stands for all that is known: 32 bytes."""
        everything = documents.dump_compact([self.versions, self._kinds, self._types])
        return hashlib.blake2b(everything, digest_size=32).digest()

    def joined(self, other: "Schemas | None") -> "Schemas":
        """What either knows; of a kind or type that both know, this one's word counts."""
        if other is None:
            return self
        return Schemas(
            {
                "versions": {**other.versions, **self.versions},
                "kinds": {**other._kinds, **self._kinds},
                "types": {**other._types, **self._types},
            }
        )

    def describes(self, api_version: str, kind: str) -> bool:
        """Whether a kind has a schema that says more than what every object has."""
        data = self.root(api_version, kind).data
        fields = data.get("fields", ()) if isinstance(data, Mapping) else ()
        return bool(set(fields) - {"apiVersion", "kind", "metadata"})

    def nearest(self, api_version: str, kind: str) -> str | None:
        """
        The version of the kind's group by which the kind is best described; None if by none.

        That is *api_version* itself where it is known, else the greatest that is: a version that
        the API server has given up (``apps/v1beta1``) differs from its successor in little.
        """
        if f"{api_version}/{kind}" in self._kinds:
            return api_version
        group = api_version.rpartition("/")[0]
        known = [
            version
            for version, _, name in (key.rpartition("/") for key in self._kinds)
            if name == kind and version.rpartition("/")[0] == group
        ]
        return max(known, default=None) if group else None

    def root(self, api_version: str, kind: str) -> Node:
        """The schema of a kind's whole object; `UNKNOWN` if it has none."""
        key = (api_version, kind)
        if key not in self._roots:
            info = self._kinds.get(f"{api_version}/{kind}")
            data = self._types.get(info["type"], "any") if info else "any"
            self._roots[key] = Node(data, self._types)
        return self._roots[key]

    def info(self, api_version: str, kind: str) -> KindInfo | None:
        """Plural and scope of a kind; None if it is not among the generated ones."""
        info = self._kinds.get(f"{api_version}/{kind}")
        return KindInfo(info["plural"], bool(info["namespaced"])) if info else None

    def plural(self, group: str, kind: str) -> str | None:
        """The name of a kind of a group in the API's paths, in any version; None if unknown."""
        for name, info in self._kinds.items():
            *groups, _, known = name.split("/")
            if known == kind and "".join(groups) == group:
                return str(info["plural"])
        return None
