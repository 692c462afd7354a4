"""SARIF and JUnit, by the schemas that those who read them publish."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from edgeops.report import episodes
from edgeops.report.registry import render, render_validation
from tests.report import samples
from tests.report.junit_schema import junit_schema
from tests.report.sample_history import HISTORIES, NOW
from tests.report.test_validation import INVALID


def texts(form: str) -> Mapping[str, str]:
    """Everything that has a form of its own there."""
    reports = {
        "full": samples.full(),
        "drifted": samples.drifted(),
        "synced": samples.synced(),
        "empty": samples.empty(),
    }
    found = {name: render(report, form, width=100) for name, report in reports.items()}
    for name, (kept, last) in HISTORIES.items():
        found[f"history-{name}"] = episodes.render(kept, last, NOW, form, color=False, width=100)
    return {**found, "validation": render_validation(INVALID, form)}


NAMES = sorted(texts("sarif"))


@pytest.fixture(scope="module")
def junit() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(junit_schema()))


@pytest.mark.parametrize("name", NAMES)
def test_junit_is_valid(name: str, junit: xmlschema.XMLSchema) -> None:
    junit.validate(texts("junit")[name])


def test_what_is_no_junit_is_told(junit: xmlschema.XMLSchema) -> None:
    root = ET.fromstring(texts("junit")["full"])
    del root[0].attrib["failures"]
    assert not junit.is_valid(ET.tostring(root, encoding="unicode"))


@pytest.mark.parametrize("name", NAMES)
def test_sarif_is_valid(name: str) -> None:
    """By a model that was made from OASIS' schema, and lets nothing pass that it does not know."""
    Sarif.model_validate_json(texts("sarif")[name])


def test_what_is_no_sarif_is_told() -> None:
    wrong = texts("sarif")["drifted"].replace('"ruleId"', '"rule"', 1)
    with pytest.raises(ValidationError, match="rule"):
        Sarif.model_validate_json(wrong)
