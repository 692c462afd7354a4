"""
The report as JUnit XML, which every CI system shows.

A suite is a zone. A zone in sync is one passing case; a zone that is not has a failing case
for each finding and an error for each thing that could not be read, so that it is never green.
The dialect is the one that Jenkins and GitLab read, by the schema of Jenkins' xUnit plugin:
https://github.com/jenkinsci/xunit-plugin
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from edgeops.core.findings import DriftReport, Finding, SyncStatus, Unread, ZoneReport
from edgeops.report.inert import inert
from edgeops.report.phrases import author, facts, particulars, place, plural, source, terms, verdict
from edgeops.report.values import difference


@dataclass(slots=True, kw_only=True)
class _Suite:
    """What belongs to one cluster and zone while the report is sorted into suites."""

    rows: list[ZoneReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    waived: list[Finding] = field(default_factory=list)


def render_junit(report: DriftReport) -> str:
    r"""One XML document; characters that XML forbids are escapes such as ``\x1b``."""
    root = ET.Element("testsuites", name="edgeops drift")
    for name, suite in _suites(report).items():
        element = ET.SubElement(root, "testsuite", name=name, timestamp=inert(report.started_at))
        element.append(_properties(report))
        element.extend(_cases(name, suite))
        total(element)
    total(root)
    root.set("time", f"{report.duration_seconds:.3f}")
    return whole(root)


def _suites(report: DriftReport) -> dict[str, _Suite]:
    """In the order of the rows; what belongs to no row comes after them."""
    suites: dict[str, _Suite] = {}

    def suite(cluster: str | None, zone: str | None) -> _Suite:
        return suites.setdefault(place(cluster, zone), _Suite())

    for row in report.zones:
        suite(row.cluster, row.zone).rows.append(row)
    for finding in report.findings:
        suite(finding.cluster, finding.zone).findings.append(finding)
    for unread in report.unread:
        suite(unread.cluster, unread.zone).unread.append(unread)
    for finding in report.waived:
        suite(finding.cluster, finding.zone).waived.append(finding)
    return suites


def _properties(report: DriftReport) -> ET.Element:
    properties = ET.Element("properties")
    for name, value in (
        ("verdict", verdict(report)),
        ("revision", report.repository.revision),
        ("kustomizeVersion", report.kustomize_version),
        ("edgeopsVersion", report.edgeops_version),
    ):
        ET.SubElement(properties, "property", name=name, value=inert(value or ""))
    return properties


def _cases(name: str, suite: _Suite) -> Iterator[ET.Element]:
    for finding in suite.findings:
        case = case_of(name, f"{finding.key} is as git says")
        failure = ET.SubElement(case, "failure", type=finding.drift.value, message=facts(finding))
        failure.text = "\n".join(_lines(finding))
        yield case
    for unread in suite.unread:
        case = case_of(name, f"{unread.what} can be read")
        ET.SubElement(case, "error", type="Unread", message=inert(unread.reason))
        yield case
    for finding in suite.waived:
        part = f" {finding.waiver.path}" if finding.waiver and finding.waiver.path else ""
        case = case_of(name, f"{finding.key}{part} is as git says")
        told = f"; {terms(finding.waiver)}" if finding.waiver else ""
        ET.SubElement(case, "skipped", message=f"waived: {facts(finding)}{told}")
        yield case
    if not suite.findings and not suite.unread:
        yield from (_zone_case(name, row) for row in suite.rows)


def _zone_case(name: str, row: ZoneReport) -> ET.Element:
    case = case_of(name, f"{name} is as git says")
    # A row can be out of sync without a finding of its own, such as through unknown objects.
    if row.status is SyncStatus.UNKNOWN:
        message = f"{plural(row.unknown, 'object')} unknown"
        ET.SubElement(case, "error", type=row.status.value, message=message)
    elif row.status is SyncStatus.OUT_OF_SYNC:
        ET.SubElement(case, "failure", type=row.status.value, message="out of sync")
    return case


def case_of(suite: str, name: str) -> ET.Element:
    """A passing case of a suite whose name is inert; what is put below it makes it another."""
    return ET.Element("testcase", classname=suite, name=inert(name))


def _lines(finding: Finding) -> Iterator[str]:
    if origin := source(finding):
        yield origin
    if finding.attribution is not None:
        yield f"by {author(finding.attribution)}"
    if finding.message:
        yield inert(finding.message)
    for change in finding.fields:
        yield f"{inert(change.path)} {particulars(finding, change)}".rstrip()
        yield from (f"  {line.sign} {line.text}" for line in difference(change))


def whole(root: ET.Element) -> str:
    """The document of a root whose texts are inert."""
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def total(element: ET.Element) -> None:
    """Set the counts of a suite, or of all suites, from the cases below it."""
    counted = [("tests", "testcase"), ("failures", "failure"), ("errors", "error")]
    if element.tag == "testsuite":
        counted.append(("skipped", "skipped"))
    for attribute, tag in counted:
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))
