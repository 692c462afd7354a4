"""A git server on loopback: smart HTTP by git's own ``http-backend``, behind a password."""

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USER, PASSWORD = "reader", "p%ss w:rd"
_PAIR = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def served(folder: Path, port: int = 0) -> Iterator[str]:
    """
    Serve the bare repositories below *folder*, pushes too; the address of the server.

    Args:
        port: where to listen; 0 takes a free one.
    """
    backend = Path(_git("--exec-path"), "git-http-backend")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                self._answer(b"".join(self._chunks()))
            else:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()

        def _answer(self, body: bytes) -> None:
            if self.headers.get("Authorization") != f"Basic {_PAIR}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="test"')
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            done = subprocess.run(
                (str(backend),),
                input=body,
                env={
                    "PATH": os.environ["PATH"],
                    "GIT_PROJECT_ROOT": str(folder),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "REMOTE_USER": USER,
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                },
                capture_output=True,
                check=True,
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def publish(work_tree: Path, bare: Path) -> None:
    """Push what the work tree has on ``main`` to a bare repository, made when missing."""
    if not bare.exists():
        _git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    _git("-C", str(work_tree), "push", "--quiet", str(bare), "HEAD:refs/heads/main")


def _git(*argv: str) -> str:
    done = subprocess.run(("git", *argv), check=True, capture_output=True, text=True)
    return done.stdout.strip()
