"""What goes wrong in a soak: with requests, with open watches, with tokens, at random."""

import itertools
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.faults.faults import LISTS_ONLY, Fault
from tests.faults.proxy import Asked, FaultyProxy
from tests.faults.streams import StreamFault

F = TypeVar("F", Fault, StreamFault)

_STATUSES = (
    *(Fault.UNAUTHORIZED, Fault.FORBIDDEN, Fault.CONFLICT, Fault.EXPIRED, Fault.BUSY_SECONDS),
    *(Fault.BUSY_DATE, Fault.BUSY_LONG, Fault.BROKEN, Fault.UNAVAILABLE),
)
_OF_WATCHES = (*_STATUSES, Fault.RESET, Fault.STALL)
_COSTLY = frozenset({Fault.HUGE, Fault.BOMB, StreamFault.LONG_LINE})
_SLOW = frozenset({Fault.STALL, Fault.STALL_MIDWAY, Fault.DRIP, Fault.DRIP_HEADER})
_LASTING = frozenset({Fault.FORBIDDEN, Fault.BUSY_LONG, StreamFault.SILENT})
"""What somebody who watches rightly waits a minute or more for."""


class Trouble:
    """
    Faults for one proxy, for as long as it is told to.

    Args:
        rate: the share of requests that meet one.
        brief: leave out what lasts for minutes.
        place: the file of the token that the server takes.
    """

    def __init__(self, proxy: FaultyProxy, seed: int, *, brief: bool, place: Path) -> None:
        self.rate = 0.0
        self.spoiled: Counter[StreamFault] = Counter()
        self._proxy = proxy
        self._brief = brief
        self._place = place
        self._drawn = random.Random(seed)
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="trouble")
        proxy.script = self._script
        self.new_token()

    def _script(self, asked: Asked) -> Fault | None:
        if random.random() >= self.rate:
            return None
        if "watch" in asked.query:
            return self._fit(random.choice(_OF_WATCHES))
        listed = "limit" in asked.query
        fault = random.choice([one for one in Fault if listed or one not in LISTS_ONLY])
        if fault is Fault.CHANGED and "continue" not in asked.query:
            return None
        return self._fit(fault)

    def _fit(self, fault: F) -> F | None:
        if self._brief and fault in _LASTING:
            return None
        if fault in _COSTLY | _SLOW | _LASTING and random.random() > 0.1:
            return None
        return fault

    def spoil(self) -> None:
        """Something happens to one of the open watches."""
        streams = [one for one in self._proxy.streams if not one.closed]
        fault = self._fit(self._drawn.choice(list(StreamFault)))
        if streams and fault is not None:
            stream = self._drawn.choice(streams)
            self.spoiled[fault] += 1
            self._pool.submit(stream.spoil, fault)

    def cut(self) -> None:
        """Every watch is cut at once, as by a router that is started anew."""
        for stream in self._proxy.streams:
            if not stream.closed:
                self.spoiled[StreamFault.RESET] += 1
                self._pool.submit(stream.spoil, StreamFault.RESET)

    def new_token(self) -> None:
        """The token expires, and the file has the next one."""
        token = f"token-{next(self._numbers)}-{self._drawn.randbytes(8).hex()}"
        self._place.touch(mode=0o600)
        self._place.write_text(token)
        self._proxy.accepted = token

    def end(self) -> None:
        """Let nothing go wrong any more; what is silent stays so until its client gives up."""
        self.rate = 0.0
        self._pool.shutdown(wait=False, cancel_futures=True)
