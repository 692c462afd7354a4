"""
Who may ask: where the server listens, and what a client must show.

Only this machine reaches a loopback address; but so can a page in a browser on this machine, by a
name that its owner lets point here (DNS rebinding). There, requests must use a name of ours.
Elsewhere a token is needed.
https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/DNS_rebinding
"""

import base64
import binascii
import hmac
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from edgeops.errors import EdgeopsError

_LONGEST_SECRET: Final = 4096
_SHORTEST_SECRET: Final = 16
_OWN_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen."""

    host: str
    """A name or an address; IPv6 without brackets."""

    port: int
    """0 for any that is free."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def resolved(self) -> tuple[socket.AddressFamily, str]:
        """
        The family and the numeric address that the host stands for.

        Raises:
            EdgeopsError: if it stands for none.
        """
        try:
            found = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "no such name"
            raise EdgeopsError(f"cannot listen on {self}: {reason}.") from None
        family, _, _, _, address = found[0]
        return family, str(address[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a client must show; secrets are None where none is asked for."""

    token: str | None = None
    hook_secret: str | None = None
    """What the repository's host signs its webhooks with; None: there is no webhook."""

    names: frozenset[str] | None = None
    """The hosts that requests may name; None for any."""

    def admits(self, authorization: bytes) -> bool:
        """Whether the value of an ``Authorization`` header has the token."""
        if self.token is None:
            return True
        scheme, _, value = authorization.partition(b" ")
        match scheme.lower():
            case b"bearer":
                return same(value.strip(), self.token.encode())
            case b"basic":
                return same(_password(value.strip()), self.token.encode())
            case _:
                return False

    def knows(self, host: bytes) -> bool:
        """Whether the value of a ``Host`` header is a name of ours; its port does not matter."""
        if self.names is None:
            return True
        try:
            name = urlsplit(f"//{host.decode('ascii')}").hostname
        except ValueError:
            return False
        return name is not None and name.removesuffix(".") in self.names


def names_of(address: Address, numeric: str) -> frozenset[str] | None:
    """The hosts that requests to *address* may name; None off loopback, where any will do."""
    if not is_loopback(numeric):
        return None
    return _OWN_NAMES | {address.host.lower(), numeric}


def is_loopback(numeric: str) -> bool:
    """Whether only this machine reaches a numeric address."""
    return ipaddress.ip_address(numeric.partition("%")[0]).is_loopback


def same(given: bytes, wanted: bytes) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given, wanted)


def parse_address(text: str) -> Address:
    """
    ``127.0.0.1:9477``, ``[::1]:9477`` or ``name:9477``.

    Raises:
        EdgeopsError: if it is none of these.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port is None or parts.netloc != text or "@" in text:
        raise EdgeopsError(
            f"cannot listen on {text!r}: write HOST:PORT, such as 127.0.0.1:9477, [::1]:9477 or "
            "0.0.0.0:9477 for every address of this machine."
        )
    return Address(host=host, port=port)


def read_secret(place: str, what: str) -> str:
    """
    The secret in a file, without the space around it.

    Raises:
        EdgeopsError: if there is none, or none that is fit for it; never repeats it.
    """
    try:
        with Path(place).open("rb") as file:
            content = file.read(_LONGEST_SECRET + 1)
    except OSError as error:
        raise EdgeopsError(f"{what} {place}: {error.strerror or error}.") from None
    secret = content.strip().decode("ascii", "replace")
    if len(content) > _LONGEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise EdgeopsError(f"{what} {place}: must be one line of ASCII.")
    if len(secret) < _SHORTEST_SECRET or " " in secret:
        raise EdgeopsError(
            f"{what} {place}: must have {_SHORTEST_SECRET} characters or more and no space: make "
            "one with 'openssl rand -hex 32'."
        )
    return secret


def _password(encoded: bytes) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
