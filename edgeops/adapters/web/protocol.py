"""HTTP/1.1 for clients that dawdle: a request that does not arrive in time loses its connection."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


def protocol(seconds: float) -> type[H11Protocol]:
    """
    The protocol of uvicorn with a limit for each request, from its first byte to its last.

    A request's ``state.transport`` is the connection that it came by, so that it can be cut.
    """

    class Prompt(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
            super().connection_made(transport)
            self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}
            self._expect()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if not self._answering():
                self._expect()
            elif self._late is not None:
                self._late.cancel()
                self._late = None

        def connection_lost(self, exc: Exception | None) -> None:
            if self._late is not None:
                self._late.cancel()
            super().connection_lost(exc)

        def _answering(self) -> bool:
            cycle: RequestResponseCycle | None = self.cycle  # None before the first request
            return cycle is not None and not cycle.response_complete

        def _expect(self) -> None:
            if self._late is None and not self.transport.is_closing():
                self._late = self.loop.call_later(seconds, self.transport.abort)

    return Prompt
