"""The endpoints, asked over sockets."""

import base64
import contextlib
import hashlib
import json
import re
import select
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgeops.adapters.board import ThreadBoard
from edgeops.adapters.web import Access, Address, Limits, read_secret, serve
from edgeops.errors import EdgeopsError
from edgeops.report.registry import render
from tests.adapters.webserver import VIEWS, ask, posting, raw, report_of, running, wired
from tests.report import samples

TOKEN = "0123456789abcdef-a-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATHS = ("/", "/metrics", "/api/v1/report", "/api/v1/events")


@pytest.fixture
def board() -> ThreadBoard:
    """With one report on it."""
    made = ThreadBoard()
    made.post(posting(1, samples.full()))
    return made


def test_before_the_first_report_only_the_process_is_well() -> None:
    board = ThreadBoard()
    with running(board) as server:
        assert ask(server, "/healthz").status_code == 200
        for path in ("/readyz", "/", "/api/v1/report"):
            answer = ask(server, path)
            assert answer.status_code == 503
            assert answer.json() == {"error": "there is no report yet"}
            assert int(answer.headers["retry-after"]) > 0
        assert "edgeops_build_info{" in ask(server, "/metrics").text
        board.post(posting(1, samples.full()))
        for path in ("/readyz", "/", "/api/v1/report"):
            assert ask(server, path).status_code == 200


def test_a_watcher_that_stands_still_is_not_healthy(board: ThreadBoard) -> None:
    moving = [True]
    with running(board, alive=lambda: moving[0]) as server:
        assert ask(server, "/healthz").status_code == 200
        moving[0] = False
        assert ask(server, "/healthz").status_code == 503


def test_the_report_is_the_one_that_drift_prints(board: ThreadBoard) -> None:
    with running(board) as server:
        answer = ask(server, "/api/v1/report")
        assert answer.headers["content-type"] == "application/json"
        assert answer.text == render(samples.full(), "json")
        plain = ask(server, "/api/v1/report", headers={"Accept-Encoding": "gzip;q=0, identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == answer.text
        packed = ask(server, "/api/v1/report", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert packed.text == answer.text
        head = ask(server, "/api/v1/report", "HEAD", headers={"Accept-Encoding": "identity"})
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) == len(plain.content)


def test_who_has_the_report_is_told_so(board: ThreadBoard) -> None:
    with running(board) as server:
        etag = ask(server, "/api/v1/report").headers["etag"]
        for given in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
            answer = ask(server, "/api/v1/report", headers={"If-None-Match": given})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        board.post(posting(2, report_of("a")))
        answer = ask(server, "/api/v1/report", headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != etag


def test_the_page_may_run_what_it_carries_and_nothing_else(board: ThreadBoard) -> None:
    with running(board) as server:
        answer = ask(server, "/")
    assert answer.text == render(samples.full(), "html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    for style in re.findall("<style>(.*?)</style>", answer.text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize("path", [*PATHS, "/healthz", "/nowhere"])
def test_every_answer_is_hardened(board: ThreadBoard, path: str) -> None:
    with running(board) as server:
        answer = ask(server, path, "HEAD", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_nothing_can_be_written(board: ThreadBoard, method: str) -> None:
    with running(board) as server:
        for path in (*PATHS, "/healthz", "/nowhere", "/api/v1/hooks/repository"):
            answer = ask(server, path, method)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
        assert not board.woken()


def test_without_the_token_there_is_health_and_nothing_else(board: ThreadBoard) -> None:
    with running(board, access=Access(token=TOKEN)) as server:
        for path in ("/healthz", "/readyz"):
            assert ask(server, path).status_code == 200
        basic = base64.b64encode(f"anyone:{TOKEN}".encode()).decode()
        wrong = base64.b64encode(b"anyone:wrong").decode()
        for path in PATHS:
            for given in ("", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"Digest {TOKEN}",
                          TOKEN, f"Basic {wrong}", "Basic %%%", "Bearer \xff"):  # fmt: skip
                headers = {"Authorization": given.encode("latin-1")} if given else {}
                answer = ask(server, path, "HEAD", headers=headers)
                assert answer.status_code == 401
                assert answer.headers.get_list("www-authenticate") == [
                    'Bearer realm="edgeops"',
                    'Basic realm="edgeops"',
                ]
            for given in (f"Bearer {TOKEN}", f"bearer  {TOKEN}", f"Basic {basic}"):
                answer = ask(server, path, "HEAD", headers={"Authorization": given})
                assert answer.status_code == 200
                assert answer.headers["cache-control"] == "no-store"
        assert ask(server, f"/metrics?token={TOKEN}").status_code == 401


def test_other_machines_need_a_token(board: ThreadBoard, tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::"):
        with pytest.raises(EdgeopsError, match="--token-file"):
            serve(board, VIEWS, address=Address(host=host, port=0), access=Access())
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    with wired(board, "0.0.0.0:0", token_file=str(tmp_path / "token")) as server:
        assert ask(server, "/metrics").status_code == 401
        # A kubelet asks by the pod's address, whatever that is.
        assert ask(server, "/readyz", headers={"Host": "10.1.2.3:9477"}).status_code == 200
        assert ask(server, "/metrics", headers=BEARER).status_code == 200
    with wired(board, "0.0.0.0:0", open_to_all=True) as server:
        assert ask(server, "/metrics").status_code == 200


def test_it_listens_where_it_is_told(board: ThreadBoard) -> None:
    with running(board) as server:
        assert server.address.host == "127.0.0.1"
        assert server.port > 0
        with pytest.raises(EdgeopsError, match=rf"127\.0\.0\.1:{server.port}: Address already in"):
            serve(
                board, VIEWS, address=Address(host="127.0.0.1", port=server.port), access=Access()
            )
        # No other address of this machine leads there.
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", server.port), timeout=5)


@pytest.mark.parametrize(
    "listen", ["9477", ":9477", "127.0.0.1", "127.0.0.1:x", "1.2.3.4:99999", "u@h:1", "h:1/x", ""]
)
def test_an_address_that_is_none(board: ThreadBoard, listen: str) -> None:
    with pytest.raises(EdgeopsError, match="HOST:PORT"), wired(board, listen):
        pass


def test_a_name_that_is_nowhere(board: ThreadBoard) -> None:
    with pytest.raises(EdgeopsError, match=r"cannot listen on nowhere\.invalid:1"):
        wired(board, "nowhere.invalid:1").__enter__()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:1", 200), ("LOCALHOST", 200), ("127.0.0.1", 200), ("[::1]:9477", 200),
        ("localhost.", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421), ("", 421), ("[::1", 421), ("\xff", 421), ("a b", 421),
    ],
)  # fmt: skip
def test_on_loopback_requests_must_use_our_name(board: ThreadBoard, host: str, status: int) -> None:
    with running(board) as server:
        head = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        line = raw(server, head.encode("latin-1")).split(b"\r\n")[0]
    # What is no host at all is no request to the parser either.
    assert int(line.split()[1]) in {status, 400 if status == 421 else status}
    if status == 421:
        assert b"200" not in line


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "16 characters"), (b"short\n", "16 characters"), (b"x" * 5000, "one line"),
     (b"two words of a secret", "no space"), (b"line one of it\nline two", "one line"),
     (b"\xff" * 20, "one line")],
)  # fmt: skip
def test_a_secret_that_is_none(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(EdgeopsError, match=said) as caught:
        read_secret(str(file), "--token-file")
    assert "short" not in str(caught.value)
    with pytest.raises(EdgeopsError, match="No such file"):
        read_secret(str(tmp_path / "none"), "--token-file")


def test_metrics_as_prometheus_reads_them(board: ThreadBoard) -> None:
    with running(board) as server:
        answer = ask(server, "/metrics")
        modern = ask(server, "/metrics", headers={"Accept": "application/openmetrics-text"})
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")
    found = {item.name: item for item in text_string_to_metric_families(answer.text)}
    printed = render(samples.full(), "prometheus")
    for family in text_string_to_metric_families(printed):
        served = found[family.name]
        assert served.documentation == family.documentation
        mine = {_key(sample.labels): sample.value for sample in served.samples}
        theirs = {_key(sample.labels): sample.value for sample in family.samples}
        if family.name != "edgeops_drift_findings":  # its sample has a kind with escapes
            assert mine == theirs
        assert sum(mine.values()) == sum(theirs.values())
    assert {item.type for name, item in found.items() if name.startswith("edgeops_drift_")} == {
        "gauge"
    }
    (compared,) = found["edgeops_watch_compared_objects"].samples
    assert (compared.name, compared.value) == ("edgeops_watch_compared_objects_total", 41)
    success = found["edgeops_watch_last_success_timestamp_seconds"].samples
    assert {sample.labels["cluster"]: sample.value for sample in success} == {
        "edge-usw2": 1769860800,
        "edge-euc1": 0,
    }
    ages = found["edgeops_drift_oldest_finding_age_seconds"].samples
    places = {(item.cluster, item.zone) for item in samples.full().findings}
    assert len(ages) == len(places)
    # All are known since the same second.
    assert {round(sample.value - (time.time() - 1769857200), -1) for sample in ages} == {0}


def _key(labels: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_a_request_that_is_too_large_or_too_slow(board: ThreadBoard) -> None:
    limits = Limits(request_seconds=0.5)
    with running(board, limits=limits) as server:
        huge = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000 + b"\r\n\r\n"
        assert raw(server, huge).startswith(b"HTTP/1.1 431 ")
        long = b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert raw(server, long).startswith(b"HTTP/1.1 431 ")
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as endless:
            got = b""
            with contextlib.suppress(ConnectionError):
                endless.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
                while not got and select.select([endless], [endless], [], 5)[1]:
                    endless.sendall(b"X: " + b"x" * 8000 + b"\r\n")
                    got = endless.recv(99) if select.select([endless], [], [], 0)[0] else b""
            assert got[:13] in {b"", b"HTTP/1.1 400 "}
        # Nothing, half a request, or half a second one: the connection is cut.
        whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: loc", whole + b"GET / HT"):
            before = time.monotonic()
            try:
                got = raw(server, sent)
            except ConnectionResetError:
                got = b""
            assert time.monotonic() - before < 15
            assert got.count(b"200 OK") == sent.count(b"\r\n\r\n")
        assert ask(server, "/healthz").status_code == 200


def test_more_connections_than_allowed(board: ThreadBoard) -> None:
    with running(board, limits=Limits(connections=3)) as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
        try:
            assert ask(server, "/healthz").status_code == 503
        finally:
            for connection in held:
                connection.close()
        end = time.monotonic() + 10
        while ask(server, "/healthz").status_code != 200:
            assert time.monotonic() < end


def test_requests_are_logged_only_when_asked_for_and_never_a_secret(
    board: ThreadBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    for verbose in (False, True):
        with running(board, access=Access(token=TOKEN), verbose=verbose) as server:
            ask(server, "/metrics", headers=BEARER)
            raw(server, b"nonsense\r\n\r\n")
        shown = capfd.readouterr()
        assert shown.out == ""
        assert TOKEN not in shown.err
        assert ("GET /metrics HTTP/1.1" in shown.err) is verbose
        assert verbose or shown.err == ""


def test_an_error_of_ours_tells_the_client_nothing(
    board: ThreadBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = posting(2, samples.full(), posted_at="never")
    board.post(wrong)
    with running(board) as server:
        answer = ask(server, "/metrics")
        assert answer.status_code == 500
        assert "never" not in answer.text
        assert ask(server, "/api/v1/report").status_code == 200
    assert "ValueError" in capfd.readouterr().err


def test_the_report_is_rendered_once_for_all(board: ThreadBoard) -> None:
    made: list[int] = []

    def counting(item: object) -> str:
        made.append(1)
        return json.dumps({})

    server = serve(
        board,
        replace(VIEWS, report=counting),
        address=Address(host="127.0.0.1", port=0),
        access=Access(),
    )
    try:
        for _ in range(5):
            ask(server, "/api/v1/report")
        board.post(posting(2, samples.full()))
        ask(server, "/api/v1/report")
    finally:
        server.stop()
    assert len(made) == 2
