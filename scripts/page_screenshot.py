"""
The picture of the HTML page in the README: ``python -m scripts.page_screenshot``.

It shows the report of ``make demo``: the sample fleet compared with ``scripts/demo/live.yaml``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.page.browser import chromium

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "drift-page.png"
WIDTH, HEIGHT = 1180, 980
MOST_BYTES = 150_000
DRIFTED = 1


def main() -> int:
    """Write the picture; 1 if it is too large for a README."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        command = [sys.executable, "-m", "edgeops", "drift", "-C", str(ROOT)]
        command += ["--live", "scripts/demo/live.yaml", "-o", "html", "--output-file", str(page)]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode != DRIFTED:
            return done.returncode or 1
        with chromium() as browser:
            context = browser.new_context(
                viewport={"width": WIDTH, "height": HEIGHT},
                color_scheme="light",
                reduced_motion="reduce",
            )
            tab = context.new_page()
            tab.goto(page.as_uri())
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            tab.screenshot(path=PICTURE)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size} bytes")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
