"""
A bound on the time that one cluster may take, whatever the other end does.

A limit for each read of a socket does not bound an answer that comes byte by byte, and nothing
in an HTTP library bounds a response as a whole. So the sockets themselves are shut when time is
up: whoever reads from one, in a handshake, a header or a body, is told at once.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self


class Deadline:
    """
    The moment after which nothing more is asked, and the sockets that it ends.

    Args:
        seconds: how long from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def left(self) -> float:
        """Seconds until then; 0 when it has passed."""
        return max(0.0, self._end - time.monotonic())

    def check(self, before: str = "") -> None:
        """
        Go on if there is time.

        Args:
            before: what went wrong while there was, if something did.

        Raises:
            TimeoutError: in words for a person.
        """
        if not self.left():
            text = f"not read within {self.seconds:g} seconds (--timeout)"
            raise TimeoutError(f"{text}; last: {before}" if before else text)

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """
        Take in each connection that is made; httpcore calls it for whatever happens.

        https://www.encode.io/httpcore/extensions/#trace
        """
        if event != "connection.connect_tcp.complete":
            return
        with contextlib.suppress(OSError):
            found = info["return_value"].get_extra_info("socket").dup()
            with self._lock:
                self._sockets.append(found)
            if not self.left():
                self._shut()

    def cut(self) -> None:
        """Let it be over now."""
        self._end = time.monotonic()
        self._shut()

    def _shut(self) -> None:
        with self._lock:
            for item in self._sockets:
                with contextlib.suppress(OSError):
                    item.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for item in self._sockets:
                item.close()
            self._sockets.clear()
