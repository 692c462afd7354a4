"""
The schema of JUnit reports that Jenkins' xUnit plugin has, as pytest's own source holds it.

JUnit has none of its own. pytest checks its reports against this one; its source distribution, by
the hash that it is pinned with, is fetched once.
https://github.com/jenkinsci/xunit-plugin/tree/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd
"""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.controlplane.toolchain import cache_root, locked, made_whole

ROOT = Path(__file__).parent.parent.parent
_INSIDE = "testing/example_scripts/junit-10.xsd"


def junit_schema() -> Path:
    """The file; seconds the first time."""
    text = (ROOT / "requirements" / "dev.txt").read_text()
    pinned = re.search(r"^pytest==(\S+) (?:.*\\\n)*.*", text, re.MULTILINE)
    assert pinned is not None
    home = cache_root() / "junit-schema" / pinned[1]
    with locked("junit-schema"):
        if not home.exists():
            with made_whole(home) as scratch:
                wanted = scratch / "requirements.txt"
                wanted.write_text(f"{pinned[0]}\n")
                subprocess.run(
                    (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                     "--disable-pip-version-check", "--no-binary", "pytest", "--require-hashes",
                     "--requirement", str(wanted), "--dest", str(scratch)),
                    check=True,
                )  # fmt: skip
                (source,) = scratch.glob("pytest-*.tar.gz")
                with tarfile.open(source) as archive:
                    found = archive.extractfile(f"pytest-{pinned[1]}/{_INSIDE}")
                    assert found is not None
                    (scratch / "junit.xsd").write_bytes(found.read())
                source.unlink()
    return home / "junit.xsd"
