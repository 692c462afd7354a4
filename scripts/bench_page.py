"""
What a large report costs: ``python -m scripts.bench_page [ZONES [FINDINGS]]``.

Measured in a real browser: from opening the file to a page that answers, each key of the filter,
and scrolling from top to bottom; besides the longest, the tasks of more than 50 ms, which a
person notices. https://www.w3.org/TR/longtasks-1/
"""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from edgeops.report.html import render_html
from tests.page.browser import address, chromium
from tests.page.fleets import many

TASKS = """() => {
  window.tasks = [];
  new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(e => e.duration)))
    .observe({type: 'longtask', buffered: true});
}"""
KEY = """key => {
  const field = document.querySelector('[name=q]');
  const start = performance.now();
  field.value += key;
  field.dispatchEvent(new Event('input', {bubbles: true}));
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""
SCROLL = """async () => {
  const frames = [];
  let last = performance.now();
  const height = document.documentElement.scrollHeight;
  for (let top = 0; top < Math.min(height, 60000); top += 600) {
    scrollTo({top, behavior: 'instant'});
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return frames.sort((a, b) => a - b);
}"""


class Work:
    """Seconds of the processor that the page's thread took: what else runs here does not count."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._last = 0.0

    def since(self) -> float:
        """Milliseconds since it was asked last."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        now = next(item["value"] for item in metrics if item["name"] == "TaskDuration")
        passed, self._last = now - self._last, now
        return float(passed * 1000)


def main(argv: list[str]) -> int:
    """Print the measures."""
    zones, findings = (*map(int, argv), *(1000, 2000)[len(argv) :])
    report = many(zones, findings)
    start = time.perf_counter()
    text = render_html(report)
    print(f"{zones} zones, {findings} findings: {len(text) / 1e6:.1f} MB, "
          f"written in {time.perf_counter() - start:.2f} s")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.add_init_script(f"({TASKS})()")
        work = Work(page)
        work.since()
        page.goto(address(Path(folder), text))
        timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
        print(f"interactive after {timing['domInteractive']:.0f} ms, "
              f"loaded after {timing['loadEventEnd']:.0f} ms, "
              f"work {work.since():.0f} ms{_tasks(page)}")  # fmt: skip
        keys = [page.evaluate(KEY, key) for key in "product-api:v2.19"]
        print(f"a key of the filter: {sorted(keys)[len(keys) // 2]:.1f} ms, "
              f"at most {max(keys):.1f} ms, "
              f"work {work.since() / len(keys):.1f} ms{_tasks(page)}")  # fmt: skip
        page.locator("[type=reset]").click()
        page.evaluate("window.tasks = []")
        work.since()
        frames = page.evaluate(SCROLL)
        print(f"scrolling: {len(frames)} frames, half of them within "
              f"{frames[len(frames) // 2]:.0f} ms, the longest {frames[-1]:.0f} ms"
              f", work {work.since() / len(frames):.1f} ms each{_tasks(page)}")  # fmt: skip
    return 0


def _tasks(page: Page) -> str:
    tasks = page.evaluate("window.tasks.splice(0)")
    return f"; tasks above 50 ms: {len(tasks)}, the longest {max(tasks, default=0):.0f} ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
