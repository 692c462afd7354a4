"""
The corpus of verdicts: how a case is written, and how it is asked.

A case is a file ``cases/<area>/<what it teaches>.yaml``::

    source: where the expectation comes from
    record: {way: argocd, steps: [...]}     # only where a real API server made `live`
    desired: [objects of git]
    live: [objects of the cluster]
    expected: [findings]; empty for "no drift"

A finding names its object (``Deployment/web``), its drift and severity, the cause of the whole, and
its fields, each with change, path, and, where somebody wrote it, manager, class and cause.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.adapters import package_data
from edgeops.adapters.clock import SystemClock
from edgeops.core import documents
from edgeops.core.findings import Attribution, DriftReport, FieldChange, Finding
from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas
from edgeops.ports import LiveState, Wanted
from edgeops.usecases.drift import Tools, check_manifests

CASES = Path(__file__).with_name("cases")
SCHEMAS = Schemas.parse(package_data.schemas())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file of the corpus."""

    name: str
    body: Mapping[str, Any]

    @property
    def desired(self) -> tuple[KubeObject, ...]:
        return tuple(KubeObject(item) for item in self.body["desired"])

    @property
    def live(self) -> tuple[KubeObject, ...]:
        return tuple(KubeObject(item) for item in self.body["live"])

    @property
    def expected(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["expected"]
        return found


class _Objects:
    """A reader of what a case says lives."""

    def __init__(self, objects: Sequence[KubeObject]) -> None:
        self._objects = objects

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        kinds = {(item.group, item.kind): item for item in wanted}
        return LiveState(
            objects=tuple(
                item
                for item in self._objects
                if (want := kinds.get((item.group, item.kind))) and want.covers(item.namespace)
            )
        )


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for file in sorted(CASES.glob("*/*.yaml")):
        yield Case(name=f"{file.parent.name}/{file.stem}", body=documents.load(file.read_bytes()))


def asked(case: Case) -> list[dict[str, Any]]:
    """What a check of the case's manifests finds, in the words of a case."""
    reader = _Objects(case.live)
    tools = Tools(clock=SystemClock(), schemas=SCHEMAS, readers=lambda _: reader, complete=False)
    report: DriftReport = check_manifests(tools, case.desired, context="case", namespace=None)
    assert report.unread == ()
    return [_told(finding) for finding in report.findings]


def _told(finding: Finding) -> dict[str, Any]:
    words: dict[str, Any] = {
        "object": f"{finding.key.kind}/{finding.key.name}",
        "drift": str(finding.drift),
        "severity": str(finding.severity),
    }
    if finding.cause:
        words["cause"] = str(finding.cause)
    if not finding.fields and finding.attribution:
        words |= _writer(finding.attribution)
    if finding.fields:
        words["fields"] = [_field(change) for change in finding.fields]
    return words


def _field(change: FieldChange) -> dict[str, Any]:
    words: dict[str, Any] = {"change": str(change.change), "path": change.path}
    if change.attribution:
        words |= _writer(change.attribution)
    if change.cause:
        words["cause"] = str(change.cause)
    return words


def _writer(writer: Attribution) -> dict[str, Any]:
    words = {"manager": writer.manager, "class": str(writer.manager_class)}
    return words | ({"subresource": writer.subresource} if writer.subresource else {})


def written(body: Mapping[str, Any]) -> str:
    """A case as its file has it."""
    return documents.dump_yaml(dict(body))
