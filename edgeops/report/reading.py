"""
A stored report read back: the way from `edgeops.report.document`'s form to a `DriftReport`.

What another version added is left out; what is missing or of another type is refused by its path.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from edgeops.core import documents
from edgeops.core.findings import (
    Attribution,
    Cause,
    Change,
    Drift,
    DriftReport,
    FieldChange,
    Finding,
    ManagerClass,
    RepositoryState,
    RuleUse,
    Severity,
    SyncStatus,
    Terms,
    Unread,
    ZoneReport,
)
from edgeops.core.objects import Origin, ResourceKey, group_of
from edgeops.core.shards import Shard
from edgeops.errors import StoredReportError
from edgeops.report.document import KIND

_Word = TypeVar("_Word", bound=StrEnum)


class _Node:
    """A value of the document and its path, asked for parts of a type."""

    def __init__(self, value: Any, path: str = "") -> None:
        self.value = value
        self.path = path

    def fail(self, wanted: str) -> StoredReportError:
        return StoredReportError(f"{self.path or 'the document'}: must be {wanted}")

    def get(self, key: str) -> "_Node":
        if not isinstance(self.value, Mapping):
            raise self.fail("a mapping")
        return _Node(self.value.get(key), f"{self.path}.{key}" if self.path else key)

    def text(self, key: str) -> str:
        node = self.get(key)
        if not isinstance(node.value, str):
            raise node.fail("a text")
        return node.value

    def maybe(self, key: str) -> str | None:
        return None if self.get(key).value is None else self.text(key)

    def number(self, key: str) -> int:
        node = self.get(key)
        if not isinstance(node.value, int) or isinstance(node.value, bool) or node.value < 0:
            raise node.fail("a whole number, 0 or more")
        return node.value

    def word(self, key: str, words: type[_Word]) -> _Word:
        node = self.get(key)
        try:
            return words(node.value)
        except ValueError:
            raise node.fail("one of " + ", ".join(words)) from None

    def list(self, key: str) -> "list[_Node]":
        node = self.get(key)
        if not isinstance(node.value, list):
            raise node.fail("a list")
        return [_Node(item, f"{node.path}[{index}]") for index, item in enumerate(node.value)]


def parse_report(text: str | bytes) -> DriftReport:
    """
    The report that ``-o json`` or ``-o yaml`` printed.

    Raises:
        StoredReportError: if it is none, with the path of what is wrong.
    """
    try:
        root = _Node(documents.load(text))
    except documents.DocumentError as error:
        line = "" if error.line is None else f"line {error.line}: "
        raise StoredReportError(f"{line}{error}") from error
    kind = root.get("kind").value
    if kind != KIND:
        raise StoredReportError(
            f"kind: is {kind!r}, not {KIND}: give what 'edgeops drift -o json' or -o yaml printed"
        )
    repository = root.get("repository")
    return DriftReport(
        repository=RepositoryState(
            url=repository.maybe("url"),
            branch=repository.maybe("branch"),
            revision=repository.maybe("revision"),
            dirty=repository.get("dirty").value is True,
        ),
        started_at=_moment(root, "startedAt"),
        duration_seconds=_seconds(root.get("durationSeconds")),
        edgeops_version=root.text("edgeopsVersion"),
        kustomize_version=root.maybe("kustomizeVersion"),
        shard=_shard(root.get("shard")),
        zones=tuple(_zone(node) for node in root.list("zones")),
        findings=tuple(_finding(node) for node in root.list("findings")),
        waived=tuple(_finding(node, waived=True) for node in root.list("waived")),
        unread=tuple(_unread(node) for node in root.list("unread")),
        rules=tuple(
            RuleUse(rule=node.text("rule"), source=node.text("source"), hid=node.number("hid"))
            for node in root.list("rules")
        ),
        notes=_notes(root),
    )


def _notes(root: _Node) -> tuple[str, ...]:
    nodes = root.list("notes")
    if wrong := next((node for node in nodes if not isinstance(node.value, str)), None):
        raise wrong.fail("a text")
    return tuple(node.value for node in nodes)


def _moment(root: _Node, key: str) -> str:
    text = root.text(key)
    try:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError
    except ValueError:
        raise root.get(key).fail("an RFC 3339 time such as 2026-01-31T12:00:00Z") from None
    return text


def _seconds(node: _Node) -> float:
    if not isinstance(node.value, int | float) or isinstance(node.value, bool):
        raise node.fail("a number")
    return float(node.value)


def _shard(node: _Node) -> Shard | None:
    if node.value is None:
        return None
    try:
        return Shard.parse(f"{node.number('index')}/{node.number('count')}")
    except ValueError as error:
        raise StoredReportError(f"{node.path}: {error}") from None


def _zone(node: _Node) -> ZoneReport:
    status = node.word("status", SyncStatus)
    return ZoneReport(
        cluster=node.maybe("cluster"),
        zone=node.maybe("zone"),
        namespace=node.maybe("namespace"),
        synced=node.number("synced"),
        modified=node.number("modified"),
        missing=node.number("missing"),
        extraneous=node.number("extraneous"),
        unknown=node.number("unknown"),
        unread=status is SyncStatus.UNKNOWN,
        drifted=status is SyncStatus.OUT_OF_SYNC,
        synced_revision=node.maybe("syncedRevision"),
    )


def _finding(node: _Node, *, waived: bool = False) -> Finding:
    api_version = node.text("apiVersion")
    source = node.maybe("source")
    line = node.get("line").value
    return Finding(
        key=ResourceKey(
            group_of(api_version),
            node.text("kind"),
            node.maybe("namespace") or "",
            node.text("name"),
        ),
        api_version=api_version,
        drift=node.word("drift", Drift),
        severity=node.word("severity", Severity),
        cluster=node.maybe("cluster"),
        zone=node.maybe("zone"),
        fields=tuple(_field(item) for item in node.list("fields")),
        cause=_cause(node),
        origin=None
        if source is None
        else Origin(path=source, line=None if line is None else node.number("line")),
        attribution=_attribution(node),
        message=node.maybe("message"),
        waiver=Terms(
            owner=node.text("owner"),
            reason=node.text("reason"),
            expires=node.text("expires"),
            path=node.maybe("path"),
        )
        if waived and node.get("owner").value is not None
        else None,
    )


def _field(node: _Node) -> FieldChange:
    return FieldChange(
        path=node.text("path"),
        change=node.word("change", Change),
        desired=node.get("desired").value,
        live=node.get("live").value,
        attribution=_attribution(node),
        cause=_cause(node),
    )


def _cause(node: _Node) -> Cause | None:
    return None if node.get("cause").value is None else node.word("cause", Cause)


def _attribution(node: _Node) -> Attribution | None:
    manager = node.maybe("manager")
    if manager is None:
        return None
    return Attribution(
        manager=manager,
        manager_class=node.word("managerClass", ManagerClass),
        operation=node.text("operation"),
        subresource=node.maybe("subresource"),
        changed_at=node.maybe("changedAt"),
    )


def _unread(node: _Node) -> Unread:
    return Unread(
        what=node.text("what"),
        reason=node.text("reason"),
        cluster=node.maybe("cluster"),
        zone=node.maybe("zone"),
    )
