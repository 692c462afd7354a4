"""HTML and Markdown: what a cluster says never becomes markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from edgeops.core.findings import DriftReport
from edgeops.report.html import render_html
from edgeops.report.html_assets import assets, policy
from edgeops.report.inert import inert
from edgeops.report.markdown import cell, code, render_markdown
from edgeops.report.matrix import Level
from tests.report import samples
from tests.report.sample_findings import HOSTILE

TAGS = {
    "html", "head", "meta", "title", "style", "script", "body", "header", "main", "footer",
    "section", "article", "h1", "h2", "h3", "p", "b", "a", "code", "pre", "span", "div", "ul", "li",
    "dl", "dt", "dd", "del", "ins", "details", "summary", "template", "output", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "g", "path", "circle",
    "text", "form", "label", "input", "select", "option", "fieldset", "legend", "button",
}  # fmt: skip
VOID = {"meta", "input"}
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "scope", "id", "href", "hidden",
    "role", "tabindex", "type", "value", "placeholder", "autocomplete", "spellcheck", "viewbox",
    "aria-hidden", "aria-label", "aria-labelledby", "aria-live", "cx", "cy", "r", "d", "x", "y",
    "data-cause", "data-cluster", "data-digest", "data-drift", "data-filter", "data-folds",
    "data-kind", "data-plain", "data-script", "data-service", "data-severity", "data-zone",
}  # fmt: skip


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
        if not {"style", "script"} & set(self._open):
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
        for part in hostile.split("\n"):
            assert inert(part) in "".join(page.texts)
    assert text.count("<script") == 2
    assert "<img" not in page_without_scripts(text)


def page_without_scripts(text: str) -> str:
    return re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL)


def test_html_links_stay_in_the_page() -> None:
    links = [
        value for _, name, value in Page(render_html(samples.full())).attributes if name == "href"
    ]
    assert links
    assert all((link or "").startswith("#") for link in links)
    assert not re.search(r"url\(|@import", assets().style)


@pytest.mark.parametrize("served", [False, True])
def test_html_policy_allows_what_stands_in_the_page_and_nothing_else(served: bool) -> None:
    text = render_html(samples.full(), served=served)
    (found,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in found.split("; "))
    assert rules["default-src"] == "'none'"
    for name in ("style", "script"):
        digests = [
            base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
            for inline in re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        ]
        assert rules[f"{name}-src"] == " ".join(f"'sha256-{digest}'" for digest in digests)
    assert ("connect-src" in rules) is served
    assert rules.get("connect-src", "'self'") == "'self'"
    assert f'content="{policy(served=served)}"' in text


def test_html_style_knows_every_class() -> None:
    known = set(re.findall(r"\.([A-Za-z][\w-]*)", assets().style))
    used = {
        word
        for _, name, value in Page(render_html(samples.full())).attributes
        if name == "class"
        for word in (value or "").split()
    }
    # Rows are found by their level, of which only the calm one is styled.
    assert used - known <= {f"row-{level}" for level in Level}


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
