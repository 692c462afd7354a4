"""The webhook: who has the secret wakes the watcher, and nobody else."""

import hashlib
import hmac
import socket

import pytest

from edgeops.adapters.board import ThreadBoard
from edgeops.adapters.web import Access, Limits
from tests.adapters.webserver import ask, raw, running

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
# From GitHub's page on validating deliveries.
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
PATH = "/api/v1/hooks/repository"
ACCESS = Access(token="a-token-of-enough-length", hook_secret=SECRET)


@pytest.mark.parametrize(
    "headers", [{"X-Hub-Signature-256": SIGNATURE}, {"X-Gitlab-Token": SECRET}]
)
def test_the_watcher_is_woken(headers: dict[str, str]) -> None:
    board = ThreadBoard()
    with running(board, access=ACCESS) as server:
        assert ask(server, PATH, "POST", content=BODY, headers=headers).status_code == 202
        assert board.woken()
        assert not board.woken()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": SIGNATURE[:-1] + "8"},
        {"X-Hub-Signature-256": SIGNATURE.removeprefix("sha256=")},
        {"X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()},
        {"X-Hub-Signature-256": "sha256=", "X-Gitlab-Token": "x"},
        {"X-Hub-Signature-256": "\xff"},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": SECRET + "x"},
        {"Authorization": "Bearer a-token-of-enough-length"},
    ],
)
def test_without_the_secret_nothing_happens(headers: dict[str, str]) -> None:
    board = ThreadBoard()
    given = {name: value.encode("latin-1") for name, value in headers.items()}
    with running(board, access=ACCESS) as server:
        answer = ask(server, PATH, "POST", content=BODY, headers=given)
        assert answer.status_code == 401
        assert SECRET not in answer.text
        assert not board.woken()


def test_it_only_takes_what_is_posted() -> None:
    with running(ThreadBoard(), access=ACCESS) as server:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            answer = ask(server, PATH, method)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_payload_that_does_not_end() -> None:
    board = ThreadBoard()
    limits = Limits(hook_bytes=100_000, request_seconds=0.5)
    with running(board, access=ACCESS, limits=limits) as server:
        signature = hmac.new(SECRET.encode(), b"x" * 200_000, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signature}"}
        assert ask(server, PATH, "POST", content=b"x" * 200_000, headers=headers).status_code == 413
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhalf"
        assert raw(server, head.encode()).startswith(b"HTTP/1.1 408 ")
        with socket.create_connection(("127.0.0.1", server.port)) as gone:
            gone.sendall(head.encode())
        assert ask(server, "/healthz").status_code == 200
        assert not board.woken()
