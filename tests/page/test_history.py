"""The page of a history, as people of either theme and on a narrow screen have it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from edgeops.report.episodes_html import render_html
from tests.page.browser import Scheme, address
from tests.page.test_reach import faults
from tests.report.sample_history import HISTORIES, NOW


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", HISTORIES)
def test_axe_finds_nothing(name: str, scheme: Scheme, browser: Browser, tmp_path: Path) -> None:
    # Axe is a script that the page's policy would not let in.
    context = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": 320, "height": 700}
    )
    page = context.new_page()
    page.goto(address(tmp_path, render_html(*HISTORIES[name], NOW)))
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", ["played", "hostile"])
def test_the_page_is_styled_and_never_scrolls_sideways(
    name: str, width: int, browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme="dark")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address(tmp_path, render_html(*HISTORIES[name], NOW)))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 16, 20)"
    assert complaints == []
    context.close()
