"""Somebody who is told of drift: an HTTP receiver on loopback that writes down what it gets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came in, and how it answers."""

    port: int = 0
    status: int = 200
    path: str = "/s3cr3t-token"
    tried: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    """The bodies that were accepted."""

    @property
    def address(self) -> str:
        """Its address as Apprise writes it; the path is a secret."""
        return f"json://127.0.0.1:{self.port}{self.path}"

    @property
    def lines(self) -> list[str]:
        """Everything that was told, without the headings of zones, sorted."""
        texts = "\n".join(body["message"] for body in self.got)
        return sorted(line.strip() for line in texts.splitlines() if line.startswith(" "))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.tried += 1
            if receiver.status == 200 and self.path.startswith(receiver.path):
                receiver.got.append(json.loads(body))
            self.send_response(receiver.status)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
