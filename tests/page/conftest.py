"""One browser for the tests of a process; a tab for each test that fails if the page complains."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from edgeops.core.findings import DriftReport
from edgeops.report.html import render_html
from tests.page.browser import Scheme, Tab, address, chromium, tab

Show = Callable[..., Tab]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
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
