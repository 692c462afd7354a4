"""HTML and Markdown: what a cluster says never becomes markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from edgeops.core.findings import DriftReport
from edgeops.report.html import STYLE, render_html
from edgeops.report.inert import inert
from edgeops.report.markdown import cell, code, render_markdown
from tests.report import samples
from tests.report.sample_findings import HOSTILE

TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "article", "h1", "h2",
    "h3", "p", "strong", "br", "code", "pre", "span", "div", "ul", "li", "details", "summary",
    "table", "caption", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
VOID = {"meta", "br"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "scope", "open"}


class Page(HTMLParser):
    """A page taken apart; complains where elements do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: list[tuple[str, str, str | None]] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend((tag, name, value) for name, value in attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.texts.append(data)


@pytest.mark.parametrize(
    "report", [samples.full(), samples.drifted(), samples.synced(), samples.empty()]
)
def test_html_has_only_our_markup(report: DriftReport) -> None:
    page = Page(render_html(report))
    assert page.tags <= TAGS
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES
    assert not any("http:" in (value or "") or "https:" in (value or "")
                   for _, _, value in page.attributes)  # fmt: skip


def test_html_shows_hostile_texts_as_texts() -> None:
    text = render_html(samples.full())
    page = Page(text)
    for hostile in HOSTILE:
        assert any(inert(part) in "".join(page.texts) for part in hostile.split("\n"))
    assert "<script" not in text
    assert "<img" not in text
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_html_style_is_the_one_that_its_policy_allows() -> None:
    text = render_html(samples.empty())
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "prefers-color-scheme: dark" in style


def test_html_style_knows_every_class() -> None:
    classes = {
        value for _, name, value in Page(render_html(samples.full())).attributes if name == "class"
    }
    for name in classes - {"same"}:
        assert f".{name}" in STYLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "`a`"),
        ("", "`  `"),
        ("a`b", "`` a`b ``"),
        ("`", "`` ` ``"),
        ("a```", "```` a``` ````"),
        (" a", "`  a `"),
        ("a|b", "`a|b`"),
        ("\x1b", "`\\x1b`"),
        ("a\nb", "`a\\nb`"),
    ],
)
def test_code_span(text: str, expected: str) -> None:
    assert code(text) == expected


def test_cell_keeps_a_bar_in_its_cell() -> None:
    assert cell("a|b") == "`a\\|b`"


def outside_code(text: str) -> str:
    """Markdown without its fenced blocks and code spans, by CommonMark's rules for both."""
    kept: list[str] = []
    fence: str | None = None
    for line in text.splitlines():
        opening = re.match(r" {0,3}(`{3,})[^`]*$", line)
        if fence is None and opening:
            fence = opening[1]
        elif fence is not None:
            closing = re.match(r" {0,3}(`{3,})\s*$", line)
            if closing and len(closing[1]) >= len(fence):
                fence = None
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    assert fence is None
    return "\n".join(kept)


def test_markdown_has_only_our_markup() -> None:
    rest = outside_code(render_markdown(samples.full()))
    assert "evil" not in rest
    assert "@" not in rest
    assert "](" not in rest
    assert "`" not in rest
    assert set(re.findall(r"<[^>]*>", rest)) == {
        "<details>", "<summary>", "</summary>", "</details>",
    }  # fmt: skip


def test_markdown_rows_have_the_same_number_of_cells() -> None:
    rows = [line for line in render_markdown(samples.full()).splitlines() if line[:1] == "|"]
    assert len(rows) == 2 + len(samples.full().zones)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {11}


def test_markdown_values_are_complete() -> None:
    assert "x" * 400 + "git" + "y" * 400 in render_markdown(samples.full())
