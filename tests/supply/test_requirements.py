"""The pinned versions are those that setup.cfg asks for; if not: ``make requirements``."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ \\;]+)", re.MULTILINE)


def asked_for(extra: str | None) -> list[Requirement]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options"]["install_requires"]
    if extra is not None:
        lines += config["options.extras_require"][extra]
    return [Requirement(line) for line in lines.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("name", "extra"), [("runtime", None), ("dev", "dev"), ("release", "release")]
)
def test_what_is_asked_for_is_pinned_within_its_range(name: str, extra: str | None) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    pinned = {canonicalize_name(found): version for found, version in PINNED.findall(text)}

    stale = [
        str(wanted)
        for wanted in asked_for(extra)
        if not wanted.specifier.contains(
            pinned.get(canonicalize_name(wanted.name), "0"), prereleases=True
        )
    ]

    assert stale == []


@pytest.mark.parametrize("name", ["runtime", "dev", "release"])
def test_every_pin_has_hashes_and_no_file_names_a_host(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]

    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
