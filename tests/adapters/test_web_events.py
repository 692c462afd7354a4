"""The stream of changes: followers that come back, dawdle, leave, and are too many."""

import contextlib
import socket
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from edgeops.adapters.board import ThreadBoard
from edgeops.adapters.web import Access, Limits, WebServer
from tests.adapters.webserver import (
    Follower,
    ask,
    finding,
    names,
    posting,
    report_of,
    running,
)

_PADDING = "x" * 2000
"""Of a finding, so that events outgrow what the kernel buffers for a client."""


@pytest.fixture
def board() -> ThreadBoard:
    return ThreadBoard()


def test_what_came_changed_and_went(board: ThreadBoard) -> None:
    with running(board) as server, Follower(server) as follower:
        assert follower.response.headers["content-type"].startswith("text/event-stream")
        assert follower.response.headers["cache-control"] == "no-store"
        board.post(posting(1, report_of("a", "b")))
        first = follower.next()
        assert first.name == "report"
        assert first.data["kind"] == "DriftChange"
        assert (first.data["number"], first.data["since"]) == (1, None)
        assert first.data["summary"]["missing"] == 2
        assert names(first.data["came"]) == ["a", "b"]

        after = report_of("a", "c")
        board.post(posting(2, replace(after, findings=(finding("a", message="m"), finding("c")))))
        second = follower.next().data
        assert (second["number"], second["since"], second["status"]) == (2, 1, "OutOfSync")
        assert (names(second["came"]), names(second["changed"])) == (["c"], ["a"])
        assert second["changed"][0]["message"] == "m"
        assert [(gone["name"], gone["why"]) for gone in second["went"]] == [("b", "resolved")]

        board.post(posting(3, report_of(unread=True)))
        third = follower.next().data
        assert third["status"] == "Unknown"
        assert {gone["why"] for gone in third["went"]} == {"unread"}

        board.post(posting(4, report_of("a")))
        assert names(follower.next().data["came"]) == ["a"]
        board.post(posting(5, replace(report_of(), waived=(finding("a"),))))
        assert [gone["why"] for gone in follower.next().data["went"]] == ["waived"]


def test_changes_add_up_to_the_report(board: ThreadBoard) -> None:
    """Whoever applies them has what the report says, also over a posting that nobody saw."""
    rounds = [("a", "b", "c"), ("b",), (), ("d", "a"), ("d", "b", "a"), ("e",)]
    with running(board) as server, Follower(server) as follower:
        held: dict[str, object] = {}
        for number, found in enumerate(rounds, 1):
            board.post(posting(number, report_of(*found)))
            while True:
                data = follower.next().data
                held = {} if data["since"] is None else held
                for gone in data["went"]:
                    del held[gone["name"]]
                held |= {item["name"]: item for item in (*data["came"], *data["changed"])}
                if data["number"] == number:
                    break
            told = ask(server, "/api/v1/report").json()["findings"]
            assert held == {item["name"]: item for item in told}


def test_who_comes_back_is_told_what_it_missed(board: ThreadBoard) -> None:
    limits = Limits(kept_changes=3)
    with running(board, limits=limits) as server:
        with Follower(server) as first:
            board.post(posting(1, report_of("a1")))
            last = first.next().id
            for number in (2, 3):
                board.post(posting(number, report_of(f"a{number}")))
                assert first.next().data["number"] == number
        with Follower(server, last=last) as again:
            told = [again.next().data for _ in range(2)]
        assert [(data["since"], data["number"]) for data in told] == [(1, 2), (2, 3)]
        with Follower(server) as stayed:
            stayed.next()
            for number in (4, 5, 6):
                board.post(posting(number, report_of(f"a{number}")))
                stayed.next()
        # Too far back, of another process, or nonsense: everything.
        for unknown in (last, "00000000-5", "5", "x-y", f"{last}9", "-"):
            with Follower(server, last=unknown) as again:
                data = again.next().data
            assert (data["number"], data["since"], names(data["came"])) == (6, None, ["a6"])


def test_large_changes_are_not_kept_for_ever(board: ThreadBoard) -> None:
    with running(board, limits=Limits(kept_bytes=10_000)) as server:
        with Follower(server) as follower:
            board.post(posting(1, report_of("a")))
            last = follower.next().id
            for number in range(2, 12):
                board.post(posting(number, report_of(f"a{number}", padding=_PADDING)))
                newest = follower.next().id
        with Follower(server, last=last) as again:
            assert again.next().data["since"] is None
        with Follower(server, last=newest) as again:
            board.post(posting(12, report_of()))
            assert again.next().data["since"] == 11


def test_silence_is_filled(board: ThreadBoard) -> None:
    limits = Limits(heartbeat_seconds=0.1)
    with running(board, limits=limits) as server, Follower(server) as follower:
        follower.heartbeat()
        board.post(posting(1, report_of("a")))
        assert names(follower.next().data["came"]) == ["a"]
        follower.heartbeat()


def test_followers_are_many_but_not_any_number(board: ThreadBoard) -> None:
    board.post(posting(1, report_of("a")))
    limits = Limits(followers=50)
    with running(board, limits=limits) as server, contextlib.ExitStack() as stack:
        followers = [stack.enter_context(Follower(server)) for _ in range(50)]
        for follower in followers:
            follower.next()
        with Follower(server) as refused:
            assert refused.response.status_code == 503
            assert "retry-after" in refused.response.headers
        assert "edgeops_watch_followers 50.0" in ask(server, "/metrics").text
        board.post(posting(2, report_of("b")))
        for follower in followers:
            assert names(follower.next().data["came"]) == ["b"]
        followers[0].response.close()
        _until(server, 49)
        with Follower(server) as welcome:
            assert welcome.next().data["number"] == 2


def _until(server: WebServer, followers: int) -> None:
    end = time.monotonic() + 20
    while f"edgeops_watch_followers {followers}.0" not in ask(server, "/metrics").text:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_that_takes_nothing_is_cut_off_and_holds_up_nobody(board: ThreadBoard) -> None:
    """Its event is larger than all the buffers on the way."""
    large = report_of(*(f"s{number}" for number in range(4_000)), padding=_PADDING)
    board.post(posting(1, large))
    limits = Limits(stall_seconds=4)
    with running(board, limits=limits) as server, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(16).startswith(b"HTTP/1.1 200")
        _until(server, 1)
        board.post(posting(2, report_of("a")))
        with Follower(server) as follower:
            while (data := follower.next().data)["number"] != 2:
                pass
            assert "a" in names(data["came"])
        _until(server, 0)
        # The server's end of the connection is closed, though nobody took what was in it.
        end = time.monotonic() + 20
        while _sockets(server.port) > 1:
            assert time.monotonic() < end
            time.sleep(0.05)
        with contextlib.suppress(ConnectionResetError):
            while slow.recv(65536):
                pass


def _sockets(port: int) -> int:
    """This process' sockets whose own port it is: the one that listens, and the clients'."""
    lines = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    entries = [line.split() for line in lines]
    mine = {item[9] for item in entries if int(item[1].partition(":")[2], 16) == port}
    held = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held.add(str(link.readlink()))
    return len({f"socket:[{inode}]" for inode in mine} & held)


def test_stopping_ends_every_stream(board: ThreadBoard) -> None:
    large = report_of(*(f"s{number}" for number in range(4_000)), padding=_PADDING)
    board.post(posting(1, report_of("a")))
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running(board))
        followers = [stack.enter_context(Follower(server)) for _ in range(5)]
        for follower in followers:
            follower.next()
        slow = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        idle = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        slow.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        board.post(posting(2, large))
        for follower in followers:
            follower.next()
        before = time.monotonic()
        server.stop()
        assert time.monotonic() - before < 10  # what nobody ends lasts as long as its client
        for follower in followers:
            with pytest.raises((EOFError, httpx2.RemoteProtocolError, httpx2.ReadError)):
                follower.next()
        with contextlib.suppress(ConnectionResetError):
            assert idle.recv(1) == b""
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port))


def test_a_browser_shows_the_token_as_a_password(board: ThreadBoard) -> None:
    """EventSource cannot set headers, but it repeats what the page was let in with."""
    board.post(posting(1, report_of("a")))
    access = Access(token="a-token-of-enough-length")
    with running(board, access=access) as server:
        with Follower(server) as refused:
            assert refused.response.status_code == 401
        basic = "Basic OmEtdG9rZW4tb2YtZW5vdWdoLWxlbmd0aA=="
        with Follower(server, Authorization=basic) as follower:
            assert names(follower.next().data["came"]) == ["a"]


def test_asking_for_the_head_ends(board: ThreadBoard) -> None:
    with running(board) as server:
        answer = ask(server, "/api/v1/events", "HEAD")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
