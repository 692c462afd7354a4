"""The page's scripts are read by a checker where there is one."""

import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from edgeops.report.html_assets import EARLY_FILES, SCRIPT_FILES, STYLE_FILES, assets

FOLDER = Path(str(resources.files("edgeops") / "data" / "page"))


def test_every_file_is_in_the_page() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*STYLE_FILES, *EARLY_FILES, *SCRIPT_FILES}


@pytest.mark.parametrize("name", [*EARLY_FILES, *SCRIPT_FILES])
def test_a_script_is_short_and_says_its_types(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert text.startswith("// @ts-check\n")
    assert len(text.splitlines()) < 300
    assert max(map(len, text.splitlines())) <= 100
    # The end of the element, wherever it stands, is the end of the script.
    assert "</script" not in text.lower()
    assert "<!--" not in text


@pytest.mark.parametrize("part", ["early", "script"])
def test_node_reads_it(part: str, tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed; the browser reads the scripts in the other tests")
    path = tmp_path / f"{part}.js"
    path.write_text(getattr(assets(), part))
    subprocess.run(["node", "--check", str(path)], check=True)
