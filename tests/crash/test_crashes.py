"""
Whatever ends a run, the repository is as before or as after, at the latest after the next run.

``EDGEOPS_CRASHES=all`` tries every call that writes, a number so many spread over the run.
``EDGEOPS_KILLS`` says how many runs are killed at a time drawn by lot, ``EDGEOPS_SEED`` by which.
"""

import errno
import itertools
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.site import FRESH, Site, State
from tests.reliability import record

COMMANDS: dict[str, tuple[str, ...]] = {
    "zone add": ("zone", "add", "us-west-2-las-1a"),
    "zone add --commit-to": ("zone", "add", "us-west-2-las-1a", "--commit-to", "new"),
    "zone add --no-commit": ("zone", "add", "us-west-2-las-1a", "--no-commit"),
    "zone remove": ("zone", "remove", "us-west-2-lax-1a", "--yes"),
    "init --engine": ("init", "--engine", "flux", "--yes"),
}
FAILURES = ("ENOSPC", "EIO", "EROFS", "EACCES")
_CRASHES = os.environ.get("EDGEOPS_CRASHES", "6")
_KILLS = int(os.environ.get("EDGEOPS_KILLS", "10"))
_SEED = int(os.environ.get("EDGEOPS_SEED", "20261122"))
_MENDING_TOO = 0.3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("crash"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def fleet(site: Site) -> Path:
    return site.fleet()


def chosen(calls: int) -> list[int]:
    """The calls to hit: all, or some from the first to the one after the last."""
    every = range(1, calls + 2)
    if _CRASHES == "all":
        return list(every)
    some = int(_CRASHES)
    return sorted({every[(calls * k) // some] for k in range(some + 1)})


def after(
    site: Site, template: Path, command: tuple[str, ...], place: str = "fleet"
) -> tuple[State, int]:
    """What an undisturbed run leaves, and how many calls it makes."""
    with site.copy(template) as root:
        status, said = site.run(root / place, *command)
        assert status == 0, said
        calls = site.calls
        return site.state(root), calls


@pytest.mark.parametrize("alone", [False, True], ids=["with git", "alone"])
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_a_call(site: Site, fleet: Path, name: str, alone: bool) -> None:
    command = COMMANDS[name]
    before = site.state(fleet)
    done, calls = after(site, fleet, command)
    assert done != before
    assert not done.strays
    wrong, tried = [], 0
    for at in chosen(calls):
        with site.copy(fleet) as root:
            status, said = site.run(root / "fleet", *command, at=at, alone=alone)
            assert status in {0, 2, -9}, (at, said)
            tried += 1
            again, told = site.run(root / "fleet", "init", *_branch(name))
            found = site.state(root)
            if again != 0 or found not in (before, done):
                wrong.append((at, status, again, told, differences(found, before, done)))
    record("kills", f"{name}, killed {'alone' if alone else 'with git'}", tried, len(wrong))
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("name", FAILURES)
def test_no_room_from_a_call_on(site: Site, fleet: Path, name: str) -> None:
    wrong, tried = [], 0
    before = site.state(fleet)
    for title in ("zone add", "zone remove"):
        command = COMMANDS[title]
        done, calls = after(site, fleet, command)
        for at in chosen(calls):
            with site.copy(fleet) as root:
                status, said = site.run(
                    root / "fleet", *command, at=at, failure=getattr(errno, name)
                )
                tried += 1
                again, told = site.run(root / "fleet", "init")
                found = site.state(root)
                if status not in {0, 2} or again != 0 or found not in (before, done):
                    wrong.append((at, said, again, told, differences(found, before, done)))
    record("kills", f"{name} from a call on", tried, len(wrong))
    assert not wrong, wrong[:3]


def test_the_first_run_killed_at_a_call(site: Site, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("mine\n")
    done, calls = after(site, empty, FRESH, ".")
    wrong, tried = [], 0
    for at, alone in itertools.product(chosen(calls), (False, True)):
        with site.copy(empty) as root:
            status, said = site.run(root, *FRESH, at=at, alone=alone)
            assert status in {0, 2, -9}, (at, said)
            tried += 1
            again, told = site.run(root, *FRESH)
            found = site.state(root)
            if again != 0 or found != done:
                wrong.append((at, alone, status, again, told, differences(found, done)))
    record("kills", "the first init, killed", tried, len(wrong))
    assert not wrong, wrong[:3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is killed at any time, what mends it, and the states that are right then."""

    template: Path
    place: str
    command: tuple[str, ...]
    mending: tuple[str, ...]
    seconds: float
    right: tuple[State, ...]


def test_killed_at_any_time(site: Site, fleet: Path, tmp_path: Path) -> None:
    """The run that mends is killed as well, now and then."""
    dice = random.Random(_SEED)
    cases = [
        timed(site, fleet, "fleet", command, ("init", *_branch(name)))
        for name, command in COMMANDS.items()
    ]
    (tmp_path / "notes.txt").write_text("mine\n")
    cases.append(timed(site, tmp_path, ".", FRESH, FRESH))
    wrong, hit = [], 0
    for _ in range(3 * _KILLS):
        if hit >= _KILLS:
            break
        case = dice.choice(cases)
        with site.copy(case.template) as root:
            at = root / case.place
            runs = [case.command, *([case.mending] if dice.random() < _MENDING_TOO else [])]
            for command in runs:
                seconds = dice.uniform(0.001, case.seconds)
                hit += site.run(at, *command, seconds=seconds)[0] == -9
            again, told = site.run(at, *case.mending)
            found = site.state(root)
            if again != 0 or found not in case.right:
                wrong.append((runs, told, differences(found, *case.right)))
    record(
        "kills",
        "at any time, the process group",
        hit,
        len(wrong),
        note="".join(map(str, wrong[:1])),
    )
    assert hit >= _KILLS  # some runs are through before they are killed
    assert not wrong, wrong[:3]


def timed(
    site: Site, template: Path, place: str, command: tuple[str, ...], mending: tuple[str, ...]
) -> Case:
    """The case, after an undisturbed run."""
    begun = time.monotonic()
    done, _ = after(site, template, command, place)
    seconds = time.monotonic() - begun
    # A first init is begun anew.
    right = (done,) if command is mending else (site.state(template), done)
    return Case(
        template=template,
        place=place,
        command=command,
        mending=mending,
        seconds=seconds,
        right=right,
    )


def _branch(name: str) -> tuple[str, ...]:
    return ("--no-commit",) if name.endswith("--no-commit") else ()


def differences(found: State, *wanted: State) -> list[str]:
    """What is otherwise than in the nearest of *wanted*."""
    told = []
    for state in wanted:
        lines = [
            f"{name}: {getattr(found, name)} instead of {getattr(state, name)}"
            for name in ("head", "branch", "branches", "staged", "status", "strays")
            if getattr(found, name) != getattr(state, name)
        ]
        names = {*found.files, *state.files}
        lines += [f"file {n}" for n in sorted(names) if found.files.get(n) != state.files.get(n)]
        told.append(lines)
    return min(told, key=len)
