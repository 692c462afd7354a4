"""What one client may take of the server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All times are seconds, all sizes bytes."""

    header_bytes: int = 16 * 1024
    """Request line and headers together; more is answered with 431."""

    request_seconds: float = 10.0
    """For a request to arrive whole; then the connection is cut."""

    hook_bytes: int = 25 * 1024 * 1024
    """
    GitHub sends no larger payload; a body is digested as it arrives and never kept.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
    """

    connections: int = 256
    """Above it, requests are answered with 503."""

    followers: int = 64
    """Clients of ``/api/v1/events`` at once; the next is answered with 503."""

    heartbeat_seconds: float = 15.0
    stall_seconds: float = 10.0
    """A follower that takes nothing for so long is cut off."""

    kept_changes: int = 256
    """Changes that a follower can have missed and still be told one by one …"""

    kept_bytes: int = 4 * 1024 * 1024
    """… as long as they are not larger than this together."""
