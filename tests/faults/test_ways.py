"""Ways to a cluster that lead elsewhere or end in the middle: certificates, tokens, proxies."""

import http.client
import json
import os
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from select import select

import pytest

from edgeops.errors import ExitStatus
from tests.faults.conftest import Scene
from tests.faults.faults import Fault
from tests.faults.proxy import Asked, FaultyProxy
from tests.faults.scene import Check, check, faults_of

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def checked(scene: Scene, text: str, seconds: float = 60) -> Check:
    place = scene.folder / "way.kubeconfig"
    place.write_text(text)
    return check(scene.manifests, place, seconds)


def nothing_known(found: Check, reason: str) -> None:
    """The whole cluster is unread, for this reason."""
    assert found.told == set()
    assert found.status is ExitStatus.FAILED
    (gap,) = found.report.unread
    assert reason in gap.reason


def test_a_certificate_that_does_not_match(scene: Scene) -> None:
    """The server is who it says, at another address; nothing is sent to it, and not again."""
    with FaultyProxy(scene.plane, host="127.0.0.2") as proxy:
        found = checked(scene, proxy.kubeconfig())
    nothing_known(found, "127.0.0.2")
    assert "CERTIFICATE_VERIFY_FAILED" in found.report.unread[0].reason
    assert proxy.asked == []


def test_a_redirect_is_not_followed(scene: Scene) -> None:
    with FaultyProxy(scene.plane) as elsewhere:
        found, _ = scene.under(
            lambda asked: Fault.REDIRECT if asked.path == "/api/v1/secrets" else None
        )
    assert found.unread == {"v1 Secret"}
    assert faults_of(scene.truth, found) == []
    assert elsewhere.asked == []


def _expires_after(requests: int, token: Path, good: str) -> "Expiry":
    return Expiry(requests, token, good)


class Expiry:
    """A server that takes a token for some requests only, and then what replaced it."""

    def __init__(self, requests: int, place: Path, good: str) -> None:
        self.left, self.place, self.good = requests, place, good
        self.refused = 0
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Fault | None:
        with self._lock:
            self.left -= 1
            if self.left == 0:
                self.place.write_text(self.good)
                self.refused += 1
                return Fault.UNAUTHORIZED
        return None


def test_a_token_file_that_is_rotated(scene: Scene) -> None:
    """Refused in the middle, the file is read again and the check goes on."""
    good = scene.plane.token("reader")
    place = scene.folder / "token"
    place.write_text(good)
    script = _expires_after(9, place, good + "\n")
    with FaultyProxy(scene.plane, script) as proxy:
        text = proxy.kubeconfig(token=None, tokenFile=str(place))
        found = checked(scene, text)
    assert script.refused == 1
    assert faults_of(scene.truth, found) == []
    assert found.report.unread == ()


def test_a_plugin_whose_token_expires(scene: Scene) -> None:
    """It is asked once for all threads, and once more when its token is refused."""
    place, calls = scene.folder / "plugin-token", scene.folder / "plugin-calls"
    good = scene.plane.token("reader")
    place.write_text(good)
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh",
        "args": ["-c", f'echo "$KUBERNETES_EXEC_INFO" >> {calls}; {_printing(place)}'],
    }
    script = _expires_after(9, place, good)
    with FaultyProxy(scene.plane, script) as proxy:
        found = checked(scene, proxy.kubeconfig(token=None, exec=plugin))
    assert faults_of(scene.truth, found) == []
    assert found.report.unread == ()
    infos = [json.loads(line) for line in calls.read_text().splitlines()]
    assert [info["kind"] for info in infos] == ["ExecCredential"] * 2


def _printing(place: Path) -> str:
    head = '{\\"kind\\": \\"ExecCredential\\", \\"status\\": {\\"token\\": \\"'
    return f'echo "{head}$(cat {place})\\"}}}}"'


def test_a_token_that_stays_expired(scene: Scene) -> None:
    """From the middle on nothing more is read; what was read before stays compared."""
    left = [12]

    def script(asked: Asked) -> Fault | None:
        left[0] -= 1
        return Fault.UNAUTHORIZED if left[0] < 0 else None

    found, _ = scene.under(script)
    assert faults_of(scene.truth, found) == []
    assert found.unread
    assert all(gap.reason.startswith("401 Unauthorized") for gap in found.report.unread)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("exit 3", "failed with status 3", id="fails"),
        pytest.param("sleep 60", "not read within 2 seconds", id="hangs"),
        pytest.param("echo nonsense", "no JSON", id="garbage"),
        pytest.param("echo '{\"status\": 7}'", "printed no token", id="no-token"),
        pytest.param("kill -9 $$", "failed with status -9", id="killed"),
    ],
)
def test_a_plugin_that_gives_none(scene: Scene, script: str, reason: str) -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "sh",
        "args": ["-c", script],
    }
    with FaultyProxy(scene.plane) as proxy:
        found = checked(scene, proxy.kubeconfig(token=None, exec=plugin), seconds=2)
    nothing_known(found, reason)
    assert proxy.asked == []


@contextmanager
def http_proxy() -> Iterator[tuple[str, list[str]]]:
    """An HTTP proxy on loopback: it tunnels, and writes down where to."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_CONNECT(self) -> None:
            asked.append(self.path)
            host, _, port = self.path.partition(":")
            upstream = http.client.HTTPConnection(host, int(port))
            upstream.connect()
            self.send_response(200)
            self.end_headers()
            ends = (self.connection, upstream.sock)
            while True:
                ready, _, _ = select(ends, [], [], 20)
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        upstream.close()
                        self.close_connection = True
                        return
                    (ends[1] if end is ends[0] else ends[0]).sendall(data)
                if not ready:
                    upstream.close()
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()


@pytest.mark.parametrize("how", ["variable", "kubeconfig"])
def test_through_a_proxy(scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """``HTTPS_PROXY`` and ``proxy-url`` are gone by; faults behind them are seen as well."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with http_proxy() as (address, asked), FaultyProxy(scene.plane) as proxy:
        config = json.loads(proxy.kubeconfig())
        if how == "variable":
            monkeypatch.setenv("HTTPS_PROXY", address)
            monkeypatch.setenv("https_proxy", address)
        else:
            config["clusters"][0]["cluster"]["proxy-url"] = address
        found = checked(scene, json.dumps(config))
        assert set(asked) == {proxy.url.removeprefix("https://")}
        assert faults_of(scene.truth, found) == []
        proxy.script = lambda asked: Fault.STALL if asked.path == "/api/v1/configmaps" else None
        found = checked(scene, json.dumps(config), seconds=5)
    assert faults_of(scene.truth, found) == []
    assert "v1 ConfigMap" in found.unread
    assert any("not read within 5 seconds" in gap.reason for gap in found.report.unread)


def test_a_server_that_is_not_there_is_told_once(scene: Scene) -> None:
    with FaultyProxy(scene.plane) as proxy:
        text = proxy.kubeconfig()
    found = checked(scene, text)
    nothing_known(found, "Connection refused")
    assert os.linesep not in found.report.unread[0].reason
