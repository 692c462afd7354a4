"""A soak: rounds of changes under faults, each with a quiet point at which claims are judged."""

import json
import random
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeops.cli.targets import Targets
from edgeops.report.document import document
from tests.controlplane.server import ControlPlane
from tests.live.fleet import FleetOnDisk
from tests.live.many import Changes, fill
from tests.live.test_drift_cause import head
from tests.soak.faulty import Trouble
from tests.soak.judged import wrong_claims
from tests.soak.process import Body, Process, timeless, wait_until

TICK = 0.25
BEHIND_SECONDS = 3.0
"""
For how long a report may be behind what the server has to tell a watch that goes on; nothing marks
the end of that, and the machine may be busy.
"""

AGREED_SECONDS = 330.0
"""
After which a report without further faults must be the right one: a silent connection is given
up after 150 s, a kind that was forbidden is asked for again after 120 s, and a server that asks
for patience gets up to 120 s of it.
"""

RIGHT_SECONDS = 200.0
"""After which claims must be right, faults or not: silence of 150 s, and the time to list anew."""

_KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations"


@dataclass(frozen=True)
class Pace:
    """How often what happens, in seconds between two of them on average."""

    change: float
    spoil: float
    push: float
    apply: float
    token: float
    cut: float
    restart: float
    round: float


@dataclass
class Course:
    """What is watched, who changes it, and what was counted."""

    plane: ControlPlane
    fleet: FleetOnDisk
    clone: Path
    process: Process
    trouble: Trouble
    pace: Pace
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    samples: list[tuple[float, float, int, int]] = field(default_factory=list)
    """Seconds from the start, resident MiB, open files, threads."""

    slowest: float = 0.0
    """The longest time that claims took to be right at a quiet point."""

    def __post_init__(self) -> None:
        self._drawn = random.Random(self.seed)
        self._begun = time.monotonic()
        self._changes = Changes(self.plane, self.apply(), self.seed)
        self._sampled = 0.0
        self._broken = False

    def count(self, what: str, by: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + by

    # What happens

    def apply(self) -> list[Any]:
        """Do as the engine does: apply what git asks for, and say so."""
        objects = fill(self.plane, self.fleet)
        said = {"lastAppliedRevision": f"main@sha1:{head(self.fleet)}"}
        for item in self.plane.get(_KUSTOMIZATIONS)["items"]:
            status, answer = self.plane.request(
                "PATCH",
                f"{_KUSTOMIZATIONS}/{item['metadata']['name']}/status"
                "?fieldManager=kustomize-controller",
                body={"status": said},
                content_type="application/merge-patch+json",
            )
            assert status == 200, answer
        self.count("applied by the engine")
        return objects

    def _apply(self) -> None:
        if not self._broken:  # the engine cannot build it either
            self.apply()

    def push(self) -> None:
        """Somebody pushes: another number of replicas, or a fleet that is none until mended."""
        broken = not self._broken and self._drawn.random() < 0.2
        file = self.fleet.root / "edgeops.yaml"
        if broken or self._broken:
            before, after = ("engine: flux", "engine: floox")
            text = file.read_text()
            file.write_text(text.replace(before, after) if broken else text.replace(after, before))
            self._broken = broken
        else:
            file = self.fleet.root / "base" / "nginx.yaml"
            number = f"replicas: {self._drawn.randrange(2, 9)}"
            file.write_text(re.sub(r"replicas: \d+", number, file.read_text(), count=1))
        git(self.fleet.root, "commit", "--quiet", "--allow-empty", "-am", "Change something")
        self.count("pushes")

    def restart(self) -> None:
        """The API server goes away, and comes back."""
        self.plane.halt()
        self._sleep(self._drawn.uniform(1, 12))
        self.plane.resume()
        self.count("restarts of the API server")

    def _change(self) -> None:
        self._changes.one()
        self.count("changes by hand")

    def _token(self) -> None:
        self.trouble.new_token()
        self.count("tokens that expired")

    def _cut(self) -> None:
        self.trouble.cut()
        self.count("times that every watch was cut")

    # Rounds

    def round(self) -> None:
        """Changes for a while; then none, and what is claimed must come right and stay so."""
        self._during(self.pace.round * 0.7, self._all())
        if self._broken:
            self.push()
        if "restarts of the API server" not in self.counts:
            self.restart()  # once at least, however short
        truth = self.truth()
        faults = (self.pace.spoil, self.trouble.spoil)
        told: list[str] = ["no report"]

        def is_right() -> bool:
            self._tick([faults])
            report = self.process.report()
            told[:] = ["no report"] if report is None else wrong_claims(report, truth)
            return not told

        took = wait_until("claims that are right", is_right, RIGHT_SECONDS, lambda: told)
        self.slowest = max(self.slowest, took)
        end = time.monotonic() + self.pace.round * 0.3
        while time.monotonic() < end:
            if not is_right():
                wait_until("claims that are right again", is_right, BEHIND_SECONDS, lambda: told)
                self.count("moments behind the server")
            self.count("reports judged")
            self._sleep(1)
        self.count("quiet points")

    def settle(self) -> tuple[float, Body]:
        """No faults any more: in how many seconds the report is that of a fresh check; and it."""
        self.trouble.end()
        truth = self.truth()

        def differs() -> str:
            report = self.process.report() or {}
            apart = {
                name: (report.get(name), value)
                for name, value in truth.items()
                if report.get(name) != value
            }
            return json.dumps(apart, indent=1)[:6000]

        took = wait_until(
            "the report of a fresh check",
            lambda: self._sampled_report() == truth,
            AGREED_SECONDS,
            differs,
        )
        return took, truth

    def truth(self) -> Body:
        """What `edgeops drift` says, without the faults."""
        git(self.clone, "fetch", "--quiet", check=False)
        targets = Targets(rev="origin/main", kubeconfig=str(self.plane.kubeconfig("reader")))
        return timeless(json.loads(json.dumps(document(targets.report(str(self.clone))))))

    def _sampled_report(self) -> Body | None:
        self._sample()
        return self.process.report()

    def _all(self) -> list[tuple[float, Callable[[], object]]]:
        pace = self.pace
        return [
            (pace.change, self._change),
            (pace.spoil, self.trouble.spoil),
            (pace.push, self.push),
            (pace.apply, self._apply),
            (pace.token, self._token),
            (pace.cut, self._cut),
            (pace.restart, self.restart),
        ]

    def _during(self, seconds: float, happen: list[tuple[float, Callable[[], object]]]) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._tick(happen)
            self._sleep(TICK)

    def _tick(self, happen: list[tuple[float, Callable[[], object]]]) -> None:
        self._sample()
        for every, act in happen:
            if self._drawn.random() < TICK / every:
                act()

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _sample(self) -> None:
        now = time.monotonic() - self._begun
        if now - self._sampled >= 2:
            self._sampled = now
            self.samples.append((now, *self.process.taken()))


def git(folder: Path, *args: str, check: bool = True) -> None:
    """Run git as somebody at work does."""
    subprocess.run(("git", *args), cwd=folder, check=check, capture_output=True)
