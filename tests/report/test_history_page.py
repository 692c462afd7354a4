"""The page of a history: its markup, its policy, and what stands first."""

import base64
import hashlib
import re

import pytest

from edgeops.core.episodes import State
from edgeops.report.episodes_html import render_html
from edgeops.report.html_assets import assets
from tests.report.sample_history import HISTORIES, LAST, NOW, names, played
from tests.report.test_markup import ATTRIBUTES, TAGS, Page


@pytest.mark.parametrize("name", HISTORIES)
def test_the_page_has_only_our_markup_and_no_script(name: str) -> None:
    text = render_html(*HISTORIES[name], NOW)
    page = Page(text)
    assert page.tags <= TAGS - {"script", "template", "button", "form"}
    assert {attribute for _, attribute, _ in page.attributes} <= ATTRIBUTES
    links = [value or "" for _, attribute, value in page.attributes if attribute == "href"]
    assert all(link.startswith("#") for link in links)
    ids = [value for _, attribute, value in page.attributes if attribute == "id"]
    assert {link[1:] for link in links} <= set(ids)
    known = set(re.findall(r"\.([A-Za-z][\w-]*)", assets().style))
    used = [value or "" for _, attribute, value in page.attributes if attribute == "class"]
    assert {word for value in used for word in value.split()} <= known


def test_the_page_lets_in_its_style_and_nothing_else() -> None:
    text = render_html(played(), LAST, NOW)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert rules.pop("style-src") == f"'sha256-{digest}'"
    assert rules.pop("require-trusted-types-for") == "'script'"
    assert set(rules) == {"default-src", "base-uri", "form-action", "trusted-types"}
    assert set(rules.values()) == {"'none'"}


def test_open_comes_before_what_is_resolved() -> None:
    text = render_html(played(), LAST, NOW)
    places = [text.index(f'<section id="{state}"') for state in State if state is not State.WAIVED]
    assert places == sorted(places)
    opened = text[places[0] : text.index('<section id="waived"')]
    for name in names(played(), State.OPEN):
        assert f"</span> {name}</a>" in opened
    assert opened.count("<article") == len(names(played(), State.OPEN)) > 0


def test_flapping_and_fights_are_named() -> None:
    text = render_html(played(), LAST, NOW)
    (web,) = [item for item in played() if item.key.resource.name == "web"]
    assert web.flapping(NOW)
    assert web.fights(NOW)
    assert "Flapping: it comes and goes, several times within a day (opened 3 times, last" in text
    assert "git and kubectl-edit fight over spec.replicas" in text


def test_before_the_first_check_nothing_is_said_to_be_in_order() -> None:
    text = render_html([], None, NOW)
    assert '<h1 id="status">' in text
    assert "Unknown</h1>" in text
    assert "Nothing is known yet." in text
    assert "Nothing that was asked about is open." in render_html([], LAST, NOW)
