"""How a posting looks to those who ask over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass

from edgeops.ports.board import Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Pure functions, called in any thread; each result is kept until the next posting."""

    page: Callable[[Posting], str]
    """A whole HTML page that carries its Content-Security-Policy as a ``meta`` element."""

    report: Callable[[Posting], str]
    """The contract's JSON document."""

    change: Callable[[Posting | None, Posting], bytes]
    """JSON on one line: what is new since a posting, or everything."""
