"""Who reads it how: both themes, narrow screens, paper, no scripts, screen readers."""

from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from edgeops.core.episodes import key_of
from edgeops.core.findings import Unread
from edgeops.report.html import GAPS, render_html
from edgeops.report.html_findings import SHOWN
from tests.page.browser import Scheme, address, tab
from tests.page.conftest import Show
from tests.page.fleets import many
from tests.report import samples

REPORTS = {
    "unknown": samples.full(),
    "drifted": samples.drifted(),
    "synced": samples.synced(),
    "empty": samples.empty(),
    "many": many(24, 30, per_cluster=12),
}


def faults(page: Page) -> list[str]:
    """What axe-core finds against the rules of WCAG and good practice; contrast is among them."""
    # What the browser has not laid out yet is not checked: lay all of it out.
    page.add_style_tag(content="* { content-visibility: visible !important }")
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['html'][:120]}" for item in found for node in item["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_axe_finds_nothing(name: str, scheme: Scheme, browser: Browser, tmp_path: Path) -> None:
    # Axe is a script that the page's policy would not let in.
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address(tmp_path, render_html(REPORTS[name])))
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize("fragment", ["severity=high", "q=nothing-has-this"])
def test_axe_finds_nothing_in_a_filtered_narrow_page(
    fragment: str, browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(
        bypass_csp=True, viewport={"width": 320, "height": 700}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address(tmp_path, render_html(samples.full()))}#{fragment}")
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize("width", [320, 768, 2560])
@pytest.mark.parametrize("name", ["unknown", "synced", "many"])
def test_the_page_never_scrolls_sideways(name: str, width: int, show: Show) -> None:
    page = show(REPORTS[name], width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """width => Array.from(document.querySelectorAll('main *'), element => element)
          .filter(element => !element.closest('.scroll, svg, .sr'))
          .filter(element => element.getBoundingClientRect().right > width + 1)
          .map(element => element.outerHTML.slice(0, 80))""",
        width,
    )
    assert outside == []


def test_the_theme_follows_the_system_and_the_button(show: Show) -> None:
    page = show(samples.full(), scheme="dark").page
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    button = page.locator("#theme")
    assert button.inner_text() == "Theme: system"
    button.click()
    assert button.inner_text() == "Theme: light"
    light = page.evaluate(background)
    assert light != dark
    page.reload()
    assert page.evaluate(background) == light
    page.locator("#theme").click()
    assert page.evaluate(background) == dark


def test_paper_has_all_findings_and_no_controls(show: Show) -> None:
    report = many(100, 300)
    page = show(report).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#list > article").count() == 300
    assert not page.locator("#filter").is_visible()
    assert not page.locator("#theme").is_visible()
    assert page.locator("#summary").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_without_scripts_it_is_a_document_that_says_where_it_ends(show: Show) -> None:
    report = many(100, SHOWN + 50)
    page = show(report, script=False).page
    assert page.locator("#list > article").count() == SHOWN
    assert f"the first {SHOWN} of {SHOWN + 50} findings" in page.locator(".limit").inner_text()
    assert page.locator(".matrix tbody tr").count() == len(report.zones)
    for control in ("#filter", "#theme", "#more"):
        assert not page.locator(control).is_visible()


def test_without_scripts_a_small_report_is_whole(show: Show) -> None:
    page = show(samples.full(), script=False).page
    assert page.locator("#list > article").count() == 9
    assert page.locator(".limit").count() == 0


def test_an_inline_script_from_elsewhere_does_not_run(browser: Browser, tmp_path: Path) -> None:
    text = render_html(samples.full())
    forged = "<script>document.title = 'forged'</script><p onclick=\"document.title = 'forged'\">go"
    with tab(browser) as one:
        one.open(address(tmp_path, text.replace("<footer>", f"{forged}<footer>", 1)))
        one.page.get_by_text("go", exact=True).click()
        assert one.page.title() == "Unknown: drift report"
        assert sum("Content Security Policy" in line for line in one.complaints) >= 2


def test_a_page_from_a_file_may_connect_to_nothing(browser: Browser, tmp_path: Path) -> None:
    with tab(browser, allowed="") as one:
        one.open(address(tmp_path, render_html(samples.full())))
        failed = one.page.evaluate(
            "fetch('http://127.0.0.1:9/').then(() => 'fetched', error => error.name)"
        )
        assert failed == "TypeError"
        assert any("connect-src" in line or "default-src" in line for line in one.complaints)
        assert one.foreign == []


def test_nothing_of_the_report_is_lost(show: Show) -> None:
    page = show(samples.full()).page
    text = page.locator("body").text_content() or ""
    for words in (
        "3 things could not be read",
        "403 Forbidden: deployments.apps is forbidden",
        "overlays/elsewhere: does not build",
        "ann@example.com answers for it until 2026-03-31",
        "3 differences: metadata.annotations <b> (edgeops.yaml)",
        "the dump counts as complete",
        "not later than 2026-01-31T11:58:00Z",
        "base/product-api.yaml:12",
        "kubectl-edit (person, Update)",
        "its controller has not put it in force",
        "pending: the engine has yet to apply what git has",
        "12 unknown",
        "kustomize 5.8.1",
        "https://git.example.com/acme/hashicups-edge.git",
    ):
        assert words in text, words


def test_ages_are_shown_where_a_history_knows_them(browser: Browser, tmp_path: Path) -> None:
    report = samples.full()
    first_seen = {key_of(report.findings[0]): "2026-01-28T12:00:00Z"}
    with tab(browser) as one:
        one.open(address(tmp_path, render_html(report, first_seen=first_seen)))
        told = one.page.get_by_text("3d, first seen 2026-01-28T12:00:00Z")
        expect(told).to_have_count(1)


def test_a_long_list_of_gaps_is_folded_not_cut(show: Show) -> None:
    gaps = tuple(
        Unread(cluster=f"edge-{number}", what="cluster", reason="no route to host")
        for number in range(GAPS + 5)
    )
    page = show(replace(samples.synced(), unread=gaps)).page
    assert page.locator("#unread li").count() == GAPS + 5
    assert page.locator("#unread li:visible").count() == GAPS
    page.get_by_text("And 5 more").click()
    assert page.locator("#unread li:visible").count() == GAPS + 5
