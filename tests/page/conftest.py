"""One browser for the tests of a module; a tab for each test that fails if the page complains."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from edgeops.core.findings import DriftReport
from edgeops.report.html import render_html
from tests.page.browser import Scheme, Tab, address, chromium, tab

HERE = Path(__file__).parent

Show = Callable[..., Tab]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process for these tests: a browser takes more than its share as it is."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("page"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, for Playwright's event loop lasts as long and would be in others' way."""
    with chromium() as found:
        yield found


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens the page of a report; at the end nothing may have been asked for or complained of."""
    with ExitStack() as stack:
        tabs: list[Tab] = []

        def opened(
            report: DriftReport,
            fragment: str = "",
            *,
            width: int = 1280,
            scheme: Scheme = "light",
            script: bool = True,
        ) -> Tab:
            one = stack.enter_context(tab(browser, width=width, scheme=scheme, script=script))
            one.open(address(tmp_path, render_html(report)), fragment)
            tabs.append(one)
            return one

        yield opened
        for one in tabs:
            assert one.complaints == []
            assert one.foreign == []
