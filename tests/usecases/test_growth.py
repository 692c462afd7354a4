"""
Work grows with the fleet and no faster: counted, not timed.

Three fleets, each twice the one before. What is linear adds twice as much from the second to the
third as from the first to the second; what is quadratic adds four times as much.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import edgeops
from bench.fleet import CLUSTER, BenchFleet
from edgeops.__main__ import main
from edgeops.adapters import git_process, process
from edgeops.core import compare, documents
from edgeops.core.ignore import IgnoreRule
from edgeops.errors import ExitStatus

pytestmark = pytest.mark.xdist_group("growth")

SIZES = (4, 8, 16)
OURS = str(Path(edgeops.__file__).parent)
LEEWAY = 1.02
"""What a fleet's names and the hash of a set may change."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one run did, by kind of work."""

    counts: Counter[str]

    def __getitem__(self, kind: str) -> int:
        return self.counts[kind]


@pytest.fixture(scope="module")
def fleets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, BenchFleet]]:
    """Initialised, rendered once, and with a dump of what a cluster in sync would hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        found = {}
        for zones in SIZES:
            fleet = BenchFleet(root=tmp_path_factory.mktemp(f"fleet{zones}"), zones=zones)
            fleet.init()
            dump = fleet.root.parent / f"live{zones}.json"
            at = ["-C", str(fleet.root)]
            assert main(["render", *at, "-o", "json", "--output-file", str(dump)]) is ExitStatus.OK
            found[zones] = fleet
        yield found


def dumped(fleet: BenchFleet) -> Path:
    return fleet.root.parent / f"live{fleet.zones}.json"


def check(fleet: BenchFleet) -> Callable[[], ExitStatus]:
    report = str(dumped(fleet).with_suffix(".report"))
    at = ["-q", "-C", str(fleet.root), "--output-file", report]
    return lambda: main(["drift", *at, "--live", str(dumped(fleet)), "-o", "json"])


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count functions of edgeops that are called, programs, pairs, and bytes that are parsed."""
    found: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            found["calls"] += 1

    def counting(kind: str, call: Callable[..., Any], much: Callable[..., int]) -> Any:
        def passed(*args: Any, **named: Any) -> Any:
            found[kind] += much(*args)
            return call(*args, **named)

        return passed

    with pytest.MonkeyPatch.context() as patch:
        for kind, place, name, much in (
            ("programs", process, "run", lambda argv, *_: Path(argv[0]).name != "git"),
            ("git", git_process.GitCommand, "__call__", lambda *_: 1),
            ("pairs", compare, "compare", lambda *_: 1),
            ("bytes", documents, "load_all", lambda text: len(text)),
            ("rules", IgnoreRule, "__hash__", lambda *_: 1),
        ):
            patch.setattr(place, name, counting(kind, getattr(place, name), much))
        sys.setprofile(watch)
        try:
            yield found
        finally:
            sys.setprofile(None)


def worked(run: Callable[[], object]) -> Work:
    with counted() as found:
        run()
    return Work(counts=found)


def assert_linear(kind: str, works: dict[int, Work]) -> None:
    small, middle, large = (works[size][kind] for size in SIZES)
    assert large - middle <= 2 * (middle - small) * LEEWAY, f"{kind}: {small}, {middle}, {large}"


@pytest.fixture(scope="module")
def checks(fleets: dict[int, BenchFleet]) -> dict[int, Work]:
    """A check of each fleet, rendered before."""
    found = {}
    for zones, fleet in fleets.items():
        assert check(fleet)() is not ExitStatus.CRASHED
        found[zones] = worked(check(fleet))
    return found


@pytest.mark.parametrize("kind", ["calls", "pairs", "bytes", "rules"])
def test_a_check_grows_with_the_fleet(kind: str, checks: dict[int, Work]) -> None:
    assert checks[SIZES[0]][kind]
    assert_linear(kind, checks)


def test_of_zones_that_are_alike_one_is_compared(checks: dict[int, Work]) -> None:
    """The pairs of a fleet are those of one zone; of a Secret's content, too."""
    assert checks[SIZES[0]]["pairs"] > 0
    assert checks[SIZES[-1]]["pairs"] <= checks[SIZES[0]]["pairs"] * LEEWAY


def test_git_is_asked_as_often_for_many_zones_as_for_few(checks: dict[int, Work]) -> None:
    assert 0 < checks[SIZES[0]]["git"] == checks[SIZES[-1]]["git"] <= 8


def test_what_was_rendered_is_not_built_again(checks: dict[int, Work]) -> None:
    """Not even kustomize's version is asked for again."""
    assert {checks[size]["programs"] for size in SIZES} == {0}


def test_a_proof_of_the_routes_grows_with_the_fleet(fleets: dict[int, BenchFleet]) -> None:
    found = {}
    for zones, fleet in fleets.items():
        at = ["-q", "-C", str(fleet.root), "--output-file", str(dumped(fleet)) + ".routes"]
        prove = partial(main, ["routes", "--prove", *at, "-o", "json"])
        assert prove() is ExitStatus.OK
        found[zones] = worked(prove)
    assert_linear("calls", found)


def test_init_with_nothing_to_do_builds_nothing(fleets: dict[int, BenchFleet]) -> None:
    fleet = fleets[SIZES[-1]]
    assert worked(lambda: main(["init", "-q", str(fleet.root)]))["programs"] == 0


def test_a_plan_of_no_change_builds_nothing(fleets: dict[int, BenchFleet]) -> None:
    found = {zones: worked(partial(planned, fleet)) for zones, fleet in fleets.items()}
    assert {work["programs"] for work in found.values()} == {0}
    assert_linear("calls", found)


def planned(fleet: BenchFleet) -> None:
    at = ["-q", "-C", str(fleet.root), "--output-file", str(dumped(fleet)) + ".plan"]
    assert main(["plan", *at, "-o", "json"]) is ExitStatus.OK


def test_a_zone_more_is_built_alone(fleets: dict[int, BenchFleet]) -> None:
    """Its own overlay and the engine's folder; once, kustomize is asked for its version."""
    found = {zones: worked(partial(one_more_planned, fleet)) for zones, fleet in fleets.items()}
    assert all(2 <= work["programs"] <= 3 for work in found.values())
    assert_linear("calls", found)


def one_more_planned(fleet: BenchFleet) -> None:
    add = ("zone", "add", "us-east-1-zzz-1a", "--type", "local-zone", "--dry-run", "-q")
    assert main([*add, "-C", str(fleet.root)]) is ExitStatus.OK


def test_one_edit_is_one_build(fleets: dict[int, BenchFleet]) -> None:
    fleet = fleets[SIZES[1]]
    place = fleet.root / "overlays" / CLUSTER / "region" / "NOTES"
    place.write_text("an edit")
    for argv in (("add", "-A"), ("commit", "-q", "-m", "an edit")):
        subprocess.run(("git", "-C", str(fleet.root), *argv), check=True)
    assert worked(check(fleet))["programs"] == 1
