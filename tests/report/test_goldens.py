"""Every format of every sample, byte for byte."""

import pytest

from edgeops.core.findings import DriftReport
from edgeops.report.html_assets import assets, policy
from edgeops.report.registry import FORMATS, render
from tests.report import samples
from tests.report.conftest import GOLDEN, Golden

REPORTS = {
    "full": samples.full(),
    "drifted": samples.drifted(),
    "synced": samples.synced(),
    "empty": samples.empty(),
}
SUFFIXES = {
    "table": "table.txt",
    "json": "json",
    "yaml": "yaml",
    "markdown": "md",
    "html": "html",
    "junit": "junit.xml",
    "sarif": "sarif",
    "prometheus": "prom",
}
SCREENS = ((40, False), (80, True), (200, False))


def table_name(width: int, *, color: bool) -> str:
    return f"full.table-{width}{'-color' if color else ''}.txt"


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_format(name: str, format_name: str, golden: Golden) -> None:
    text = render(REPORTS[name], format_name)
    if format_name == "html":
        text = without_assets(text)
    golden(f"{name}.{SUFFIXES[format_name]}", text)


def without_assets(text: str) -> str:
    """A page without its style, its scripts and their digests, which are files of their own."""
    for asset in (policy(served=False), assets().style, assets().early, assets().script):
        assert text.count(asset) == 1
        text = text.replace(asset, "…")
    return text


@pytest.mark.parametrize(("width", "color"), SCREENS)
def test_screen(width: int, color: bool, golden: Golden) -> None:
    text = render(samples.full(), "table", color=color, width=width)
    golden(table_name(width, color=color), text)


def test_no_golden_file_is_left_over() -> None:
    expected = {f"{name}.{SUFFIXES[form]}" for name in REPORTS for form in FORMATS}
    expected |= {table_name(width, color=color) for width, color in SCREENS}
    found = {
        path.name
        for path in GOLDEN.iterdir()
        if path.is_file()
        and not path.name.startswith(("explained.", "plan", "routes.", "validation."))
    }
    assert found == expected


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("report", [samples.full(), samples.empty()], ids=["full", "empty"])
def test_same_report_same_bytes_and_a_last_newline(report: DriftReport, format_name: str) -> None:
    text = render(report, format_name)
    assert text == render(report, format_name)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
