"""The server: one thread with one event loop, beside the watcher."""

import asyncio
import logging
import socket
import sys
import threading
from collections.abc import Callable
from typing import Final

import uvicorn

from edgeops.adapters.web.access import Access, Address, is_loopback, names_of
from edgeops.adapters.web.app import application
from edgeops.adapters.web.feed import Feed
from edgeops.adapters.web.limits import Limits
from edgeops.adapters.web.protocol import protocol
from edgeops.errors import EdgeopsError
from edgeops.ports.board import Board
from edgeops.ports.serving import Views

_BACKLOG: Final = 128
_GRACE_SECONDS: Final = 0.3
"""What a client has to take the end of an answer when the server stops."""


class WebServer:
    """A server that runs; made by `serve`."""

    def __init__(self, listener: socket.socket, address: Address) -> None:
        self.address = address
        """Where it listens, with the real port."""

        self._listener = listener
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return self.address.port

    def start(self, make: Callable[[], tuple[uvicorn.Server, Feed]]) -> None:
        """Run what *make* makes, called in the loop, in a thread of its own."""
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._main(make),), name="edgeops-web", daemon=True
        )
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """End every answer and close the port; returns when that is done, within a second."""
        assert self._thread is not None
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _main(self, make: Callable[[], tuple[uvicorn.Server, Feed]]) -> None:
        server, feed = make()
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        feeding = asyncio.create_task(feed.run())
        serving = asyncio.create_task(server.serve(sockets=[self._listener]))
        ending = asyncio.create_task(self._end.wait())
        await asyncio.wait((serving, ending), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        server.should_exit = True
        await feed.stop()
        await asyncio.wait((serving,), timeout=_GRACE_SECONDS)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        await asyncio.gather(serving, feeding)


def serve(
    board: Board,
    views: Views,
    *,
    address: Address,
    access: Access,
    open_to_all: bool = False,
    verbose: bool = False,
    alive: Callable[[], bool] = lambda: True,
    limits: Limits | None = None,
) -> WebServer:
    """
    Listen on *address* and show what is on *board*, in a thread, until `WebServer.stop`.

    Args:
        open_to_all: listen where other machines can come, without a token.
        verbose: a line on stderr for each request.
        alive: whether the watcher makes progress; asked by ``/healthz`` in the server's thread.

    Raises:
        EdgeopsError: if it cannot listen there, or may not without a token.
    """
    bounds = Limits() if limits is None else limits
    family, numeric = address.resolved()
    if access.token is None and not is_loopback(numeric) and not open_to_all:
        raise EdgeopsError(
            f"{address} can be reached from other machines, and a report tells much of a cluster: "
            "give the file of a token with --token-file, or say --no-token."
        )
    listener = _bound(family, numeric, address)
    real = Address(host=address.host, port=listener.getsockname()[1])
    rules = Access(
        token=access.token,
        hook_secret=access.hook_secret,
        names=names_of(address, numeric) if access.names is None else access.names,
    )
    _set_up_logging(verbose=verbose)

    def make() -> tuple[uvicorn.Server, Feed]:
        feed = Feed(board, views, bounds)
        app = application(board, views, feed, rules, limits=bounds, alive=alive)
        return uvicorn.Server(_config(app, bounds, verbose=verbose)), feed

    server = WebServer(listener, real)
    server.start(make)
    return server


def _bound(family: socket.AddressFamily, numeric: str, address: Address) -> socket.socket:
    try:
        return socket.create_server((numeric, address.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EdgeopsError(
            f"cannot listen on {address}: {reason}. Choose another address with --listen."
        ) from None


def _config(app: object, limits: Limits, *, verbose: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # its own name for the same protocol
        loop="asyncio",
        http=protocol(limits.request_seconds),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=verbose,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        limit_concurrency=limits.connections,
        h11_max_incomplete_event_size=limits.header_bytes,
    )


def _set_up_logging(*, verbose: bool) -> None:
    """To stderr: requests if they are wanted, errors of ours always, clients' mistakes never."""
    levels = {
        "uvicorn.access": logging.INFO if verbose else logging.CRITICAL,
        "uvicorn.error": logging.ERROR,
    }
    for name, level in levels.items():
        logger = logging.getLogger(name)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("edgeops: %(message)s"))
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level)
