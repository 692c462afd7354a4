import pytest

from edgeops.errors import EdgeopsError
from edgeops.report.registry import FORMATS, render
from tests.report import samples


def test_formats_are_those_of_the_contract() -> None:
    names = ["table", "json", "yaml", "markdown", "html", "junit", "sarif", "prometheus"]
    assert list(FORMATS) == names


def test_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(EdgeopsError, match=r"no output format 'pdf'.*table, json"):
        render(samples.empty(), "pdf")


@pytest.mark.parametrize("format_name", [name for name in FORMATS if name != "table"])
def test_only_the_table_looks_at_the_screen(format_name: str) -> None:
    narrow = render(samples.full(), format_name, color=False, width=20)
    assert narrow == render(samples.full(), format_name, color=True, width=300)


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_active_gets_out(format_name: str) -> None:
    """Neither a terminal escape nor an override of the text's direction, in any format."""
    text = render(samples.full(), format_name)
    found = {
        character for character in text if ord(character) < 32 or 0x7F <= ord(character) < 0xA0
    }
    assert found <= {"\n"}
    if format_name not in {"json", "yaml", "sarif"}:  # those carry the value itself
        assert "\u202e" not in text
