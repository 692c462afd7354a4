"""What the scenarios ask of an engine, whichever it is."""

from typing import Any, Protocol

from tests.engines.daemons import Daemons


class Engine(Protocol):
    """The running controllers of Flux or of Argo CD, for one cluster."""

    name: str
    namespace: str
    daemons: Daemons

    def start(self) -> None:
        """Start the controllers."""

    def stop(self) -> None:
        """Stop them; may be called twice."""

    def add_credentials(self, name: str, user: str, password: str, url: str) -> None:
        """Let it fetch from a repository."""

    def fetch(self, fleet: str) -> None:
        """Tell it that there was a push."""

    def resync(self, fleet: str, zone: str) -> None:
        """Ask for a zone to be applied now."""

    def pause(self, fleet: str, zone: str) -> None:
        """By hand: leave a zone as it is from now on."""

    def resume(self, fleet: str, zone: str) -> None:
        """By hand: take that back."""

    def applied(self, fleet: str, zone: str) -> str | None:
        """The commit that a zone was last applied as; None before the first."""

    def failure(self, fleet: str, zone: str) -> str | None:
        """What it says is wrong with a zone, or None."""

    def without_source(self, fleet: str) -> bool:
        """Whether it says that it cannot fetch."""

    def object(self, fleet: str, zone: str) -> dict[str, Any]:
        """What it keeps of a zone, ``{}`` when there is nothing; zone "" is its own folder."""
