"""
Have a browser for the tests of the HTML page: ``make browser``, or ``python -m scripts.browser``.

Says which one is there; installs Debian's where there is none and this may be done.
"""

import os
import shutil
import subprocess
import sys

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"),
)


def found() -> str | None:
    """The path of the first of `PROGRAMS` that is installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def main() -> int:
    """0 with a browser, or where one need not be; 1 where one is needed and cannot be had."""
    if found() is None and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in INSTALL:
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if program := found():
        print(program)
        return 0
    print(
        f"None of {', '.join(PROGRAMS)} is here, and it cannot be installed: "
        "the tests of the HTML page are skipped, but in CI they fail.",
        file=sys.stderr,
    )
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
