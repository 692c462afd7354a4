"""The filter, its address, and the keys."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from edgeops.core.findings import Cause, DriftReport, Finding, Severity
from edgeops.report.html_text import Anchors
from edgeops.report.phrases import place
from tests.page.conftest import Show
from tests.page.fleets import many
from tests.report import samples


def shown(page: Page) -> list[str]:
    ids: list[str] = page.locator("#list > article").evaluate_all("all => all.map(e => e.id)")
    return ids


def ids_of(report: DriftReport, wanted: Callable[[Finding], bool]) -> list[str]:
    anchors = Anchors((*report.findings, *report.waived))
    return [anchors.of(finding) for finding in report.findings if wanted(finding)]


CASES: list[tuple[str, Callable[[Finding], bool]]] = [
    ("severity=high", lambda item: item.severity is Severity.HIGH),
    (
        "severity=critical,medium",
        lambda item: item.severity in {Severity.CRITICAL, Severity.MEDIUM},
    ),
    ("cause=pending", lambda item: item.cause is Cause.PENDING),
    ("cause=untold", lambda item: item.cause is None),
    ("kind=Deployment", lambda item: item.key.kind == "Deployment"),
    ("drift=Missing", lambda item: item.drift.value == "Missing"),
    ("cluster=edge-euc1", lambda item: item.cluster == "edge-euc1"),
    (
        f"zone={quote('edge-usw2/us-west-2-lax-1a', safe='')}",
        lambda item: item.zone == "us-west-2-lax-1a",
    ),
    ("kind=Deployment&cause=both", lambda i: i.key.kind == "Deployment" and i.cause is Cause.BOTH),
    ("q=PROXY_PASS", lambda item: item.key.kind == "ConfigMap" and item.origin is not None
     and item.key.name == "nginx-configmap"),
    ("zone=no-such-zone", lambda item: False),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "is_wanted"), CASES, ids=[case[0][:24] for case in CASES])
def test_an_address_filters(wanted: str, is_wanted: Callable[[Finding], bool], show: Show) -> None:
    report = samples.full()
    page = show(report, f"#{wanted}").page
    expected = ids_of(report, is_wanted)
    assert shown(page) == expected
    assert page.locator("#count").text_content() == f"{len(expected)} of 9 findings"


def test_the_form_writes_the_address_and_back_undoes(show: Show) -> None:
    report = samples.full()
    page = show(report).page
    everything = shown(page)
    page.locator("[name=kind]").select_option("Deployment")
    page.locator("[name=severity][value=high]").check()
    assert page.url.endswith("#kind=Deployment&severity=high")
    assert shown(page) == ids_of(
        report, lambda i: i.key.kind == "Deployment" and i.severity is Severity.HIGH
    )
    page.go_back()
    expect(page.locator("#list > article")).to_have_count(
        len(ids_of(report, lambda i: i.key.kind == "Deployment"))
    )
    assert not page.locator("[name=severity][value=high]").is_checked()
    page.go_back()
    expect(page.locator("#list > article")).to_have_count(len(everything))
    assert page.locator("[name=kind]").input_value() == ""
    page.locator("[name=q]").press_sequentially("proxy_pass")
    assert page.url.endswith("#q=proxy_pass")
    assert len(shown(page)) == 1
    page.get_by_role("button", name="Clear").click()
    assert shown(page) == everything


def test_a_cell_filters_and_leads_to_its_findings(show: Show) -> None:
    report = samples.full()
    page = show(report).page
    cell = page.locator("tr:has-text('us-west-2-wl1-las-wlz-1') td.high a").first
    cell.click()
    where = place("edge-usw2", "us-west-2-wl1-las-wlz-1")
    assert f"#zone={quote(where, safe='')}&service=" in page.url
    assert page.locator(":focus").get_attribute("id") == "findings"
    for article in page.locator("#list > article").all():
        assert article.get_attribute("data-zone") == where
    assert page.locator("tr.chosen th").inner_text().startswith("us-west-2-wl1-las-wlz-1")


def test_a_zone_of_the_map_filters(show: Show) -> None:
    report = samples.full()
    page = show(report).page
    page.locator("#map .node", has=page.locator("title", has_text="lax-1a")).click()
    assert shown(page) == ids_of(report, lambda item: item.zone == "us-west-2-lax-1a")


def test_a_link_to_a_finding_that_is_not_shown_yet(show: Show) -> None:
    report = many(100, 400)
    goal = Anchors(report.findings).of(report.findings[-1])
    page = show(report, f"#{goal}").page
    article = page.locator(f"#{goal}")
    expect(article).to_be_in_viewport()
    expect(article).to_be_focused()


def test_a_link_to_a_waived_finding_opens_what_holds_it(show: Show) -> None:
    report = samples.full()
    goal = Anchors((*report.findings, *report.waived)).of(report.waived[0])
    page = show(report, f"#{goal}").page
    expect(page.locator(f"#{goal}")).to_be_in_viewport()
    assert "ann@example.com answers for it" in page.locator("#waived").inner_text()


def test_more_findings_come_as_they_are_read(show: Show) -> None:
    page = show(many(100, 400)).page
    assert len(shown(page)) < 400
    page.get_by_role("button", name="Show all").click()
    assert len(shown(page)) == 400


def test_only_with_the_keyboard(show: Show) -> None:
    report = samples.full()
    page = show(report).page
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the findings"
    assert page.locator(":focus").is_visible()
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "findings"
    page.keyboard.press("Tab")
    page.keyboard.type("nginx")
    expect(page.locator("#list > article")).not_to_have_count(9)
    page.locator(".matrix th[scope=row] a").first.focus()
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "End", "Home", "ArrowUp"):
        page.keyboard.press(key)
        assert page.locator(".matrix a:focus").count() == 1
        outline = page.locator(":focus").evaluate("e => getComputedStyle(e).outlineWidth")
        assert outline == "3px"
        walked.append(page.locator(":focus").get_attribute("data-filter"))
    assert len(set(walked)) >= 4
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "findings"
    page.goto(page.url.partition("#")[0] + "#findings")
    first, second = page.locator("#list > article").nth(0), page.locator("#list > article").nth(1)
    first.focus()
    page.keyboard.press("j")
    expect(second).to_be_focused()
    page.keyboard.press("k")
    expect(first).to_be_focused()
