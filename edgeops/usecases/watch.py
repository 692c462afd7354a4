"""
`edgeops watch`: a standing check that follows clusters and the repository, and posts reports.

It ends when it is told to. What goes wrong with a cluster or with the repository is part of the
report, and passes by itself.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final

from edgeops.core.episodes import EpisodeKey, key_of
from edgeops.core.findings import DriftReport, Unread
from edgeops.errors import EdgeopsError
from edgeops.ports import Files
from edgeops.ports.board import Board, Posting
from edgeops.ports.watching import LiveWatcher
from edgeops.usecases.desired import ParseFleet, desired_from_repository
from edgeops.usecases.scope import Yielded
from edgeops.usecases.standing import Standing, Ways, World
from edgeops.usecases.wishes import Wish, lay_out

PAUSE: Final = 0.1
"""Reports are at least that far apart, in seconds, so that a flood of changes is one report."""

GLANCE: Final = 5.0
"""After so many seconds the revision is looked up again."""

AGAIN: Final = 60.0
"""After so many seconds at most a fetch that failed is tried again."""

STILL: Final = 300.0
"""A watch that has not come round for so many seconds stands still: a comparison takes less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is watched, and how."""

    ways: Ways
    files: Files
    parse: ParseFleet
    yielded: Yielded
    rev: str
    fetch_every: float
    """Seconds between two fetches, where `rev` is a branch of a remote."""

    notice: Callable[[str], None]
    """Tells a person what is not part of any report."""

    at_rest: Callable[[], None] = lambda: None
    """Called when what will stay in memory for long is there."""

    first_seen: Mapping[EpisodeKey, str] = field(default_factory=dict)
    """Since when there is drift that was there before the start."""

    abandoning: Callable[[], AbstractContextManager[None]] = nullcontext
    """In its block a commit that is rendered for nobody any more comes to an early end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a look at the repository came to."""

    wish: Wish | None = None
    """None if git asks for the same as before, or for nothing that can be compared."""

    fetched: bool = False
    unfetched: str = ""
    """Why what the remote has by now is not known."""

    unfit: str = ""
    """Why the commit is no fleet that can be compared."""


class Watch:
    """
    One run of `edgeops watch`.

    Args:
        board: where reports are posted, and somebody may ask to look at the repository.
    """

    def __init__(self, course: Course, watcher: LiveWatcher, board: Board) -> None:
        self._course = course
        self._watcher = watcher
        self._board = board
        self._world = World()
        self._standing: Standing | None = None
        self._pending: tuple[Wish, int] | None = None
        self._rendering: Future[_Look] | None = None
        self._looked = self._fetched = self._posted = float("-inf")
        self._round: float | None = None
        self._day = ""
        self._unfetched = self._unfit = ""
        self._told: tuple[Unread, ...] | None = None
        self._seen = dict(course.first_seen)
        self._number = 0
        self._rests = False

    def run(self, stopped: Callable[[], bool]) -> None:
        """
        Watch until *stopped*.

        Raises:
            EdgeopsError: if at the start the repository does not say what to watch.
        """
        clock = self._course.ways.tools.clock
        first = self._render(None)
        assert first is not None
        self._looked = self._fetched = clock.monotonic()
        self._want(first)
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rendering")
        try:
            while not stopped():
                self._round = clock.monotonic()
                happened = self._watcher.happened(self._wait(clock.monotonic()))
                if self._standing is None or self._pending is not None:
                    self._world.take(happened)
                else:
                    self._standing.take(happened)
                self._look(pool, clock.monotonic())
                self._stand()
                self._publish()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            if self._rendering is not None:
                with self._course.abandoning():
                    wait((self._rendering,))

    @property
    def begun(self) -> bool:
        """Whether it follows by now, and so ends soon after it is told to."""
        return self._round is not None

    def alive(self) -> bool:
        """Whether it makes progress; asked by other threads. It does until it first came round."""
        begun = self._round
        return begun is None or self._course.ways.tools.clock.monotonic() - begun < STILL

    def _wait(self, now: float) -> float:
        """Seconds until there is something to do even if nothing happens."""
        look = GLANCE if self._rendering is not None else self._looked + GLANCE - now
        # What came while the last report was fresh is told as soon as that is over.
        publish = self._posted + PAUSE - now
        return max(0.0, min(look, publish) if publish > 0 else look)

    # The repository

    def _look(self, pool: ThreadPoolExecutor, now: float) -> None:
        """See whether git asks for something else by now; rendering is done beside the watch."""
        if self._rendering is not None:
            if self._rendering.done():
                self._take_rendered(self._rendering.result())
                self._rendering = None
            return
        asked = self._board.woken()
        if asked or now - self._looked >= GLANCE:
            self._looked = now
            self._refresh_tallies()
            every = self._course.fetch_every
            due = min(every, AGAIN) if self._unfetched else every
            fetch = asked or now - self._fetched >= due
            if fetch:
                self._fetched = now
                if self._standing is not None:
                    self._standing.retry()
            before = self._pending[0] if self._pending else None
            before = before or (self._standing.wish if self._standing else None)
            self._rendering = pool.submit(self._fetch_and_render, before, fetch=fetch)
            self._rendering.add_done_callback(lambda _: self._watcher.rouse())

    def _take_rendered(self, look: _Look) -> None:
        if look.fetched:
            if look.unfetched and look.unfetched != self._unfetched:
                self._course.notice(look.unfetched)
            self._unfetched = look.unfetched
        self._unfit = look.unfit
        if look.wish is not None:
            self._want(look.wish)

    @property
    def _trouble(self) -> tuple[Unread, ...]:
        """What is not known of the repository."""
        reasons = (self._unfetched, self._unfit)
        what = f"revision {self._course.rev}"
        return tuple(Unread(what=what, reason=reason) for reason in reasons if reason)

    def _fetch_and_render(self, before: Wish | None, *, fetch: bool) -> _Look:
        unfetched = ""
        if fetch:
            try:
                self._course.ways.repository.fetch(self._course.rev)
            except EdgeopsError as error:
                unfetched = _one_line(error)
        try:
            wish = self._render(before)
        except EdgeopsError as error:
            return _Look(fetched=fetch, unfetched=unfetched, unfit=_one_line(error))
        return _Look(wish=wish, fetched=fetch, unfetched=unfetched)

    def _render(self, before: Wish | None) -> Wish | None:
        """What git asks for; None if it is the same commit as before."""
        course = self._course
        ways = course.ways
        if before is not None:
            known = before.desired.repository.revision
            if ways.repository.revision(course.rev) == known:
                return None
        desired = desired_from_repository(
            ways.repository,
            course.files,
            ways.builder,
            course.parse,
            rev=course.rev,
            selection=ways.selection,
            contexts=ways.contexts,
        )
        return lay_out(
            desired,
            before,
            schemas=ways.tools.schemas,
            yielded=course.yielded,
            contexts=ways.contexts,
        )

    def _want(self, wish: Wish) -> None:
        self._pending = (wish, self._watcher.want(wish.wanted))

    def _stand(self) -> None:
        """Compare with what is wanted now as soon as all of it is read."""
        if self._pending is not None and self._world.knows(*self._pending):
            self._standing = Standing(self._course.ways, self._world, self._pending[0])
            self._pending = None
            self._told = None
            self._rests = False

    # The report

    def _publish(self) -> None:
        """Post a report, if it says otherwise than the last one and that is not just posted."""
        clock = self._course.ways.tools.clock
        begun = clock.monotonic()
        if self._standing is None or self._pending is not None or begun - self._posted < PAUSE:
            return
        now = clock.now()
        changed = self._standing.settle()
        if not changed and self._day == now[:10] and self._told == self._trouble:
            return
        self._day, self._told = now[:10], self._trouble
        report = self._standing.report(
            started=now, seconds=clock.monotonic() - begun, unread=self._trouble
        )
        self._remember(report, now)
        self._number += 1
        self._board.post(
            Posting(
                number=self._number,
                report=report,
                posted_at=now,
                compared=self._world.memory.compared,
                seconds=clock.monotonic() - begun,
                clusters=self._watcher.tallies(),
                first_seen=dict(self._seen),
            )
        )
        self._posted = clock.monotonic()
        if not self._rests:
            self._rests = True
            self._course.at_rest()

    def _refresh_tallies(self) -> None:
        """Say of the latest report how its places stand by now; it stays the same posting."""
        if (latest := self._board.latest()) is not None:
            self._board.post(replace(latest, clusters=self._watcher.tallies()))

    def _remember(self, report: DriftReport, now: str) -> None:
        """Since when each finding is there; where nothing is known, what was known holds."""
        found = {key_of(finding) for finding in report.findings}
        unknown = {
            (row.cluster or "", row.zone or "") for row in report.zones if row.unread or row.unknown
        }
        self._seen = {
            key: seen
            for key, seen in self._seen.items()
            if key in found or (key.cluster, key.zone) in unknown
        }
        for key in found:
            self._seen.setdefault(key, now)


def _one_line(error: EdgeopsError) -> str:
    return " ".join(str(error).split())
