"""Canaries: values that stand in one place each, unless edgeops carries them to another."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

_SOURCES = (
    "secret-data",
    "secret-string",
    "secret-live",
    "secret-live-extra",
    "last-applied",
    "generator-env",
    "generator-file",
    "sops",
    "token",
    "expired-token",
    "broken-token",
    "password",
    "client-key",
    "exec-env",
    "exec-arg",
    "server-url",
    "proxy-url",
    "proxy-variable",
    "repository-url",
    "apprise",
    "apprise-file",
    "environment",
)


@dataclass(frozen=True)
class Canaries:
    """One value for each place where a secret stands."""

    values: Mapping[str, str] = field(
        default_factory=lambda: {
            name: f"Canary{number:02}x{name}Zq" for number, name in enumerate(_SOURCES)
        }
    )

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """Each with every way in which it might be written."""
        for name, value in self.values.items():
            plain = value.encode()
            yield name, plain
            yield name, quote(value, safe="").encode()
            for lead in range(3):
                # Base64 of a longer text that holds it begins at one of three phases.
                whole = base64.b64encode(b"x" * lead + plain)
                yield name, whole[4 if lead else 0 : -4]

    def found(self, text: bytes) -> set[str]:
        """The names of those that a text holds."""
        return {name for name, form in self.forms() if form in text}


def kubeconfig(server: str, authority: str, user: Mapping[str, object], **cluster: str) -> str:
    """The text of a kubeconfig with one context."""
    whole = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "edge-usw2",
        "contexts": [{"name": "edge-usw2", "context": {"cluster": "one", "user": "one"}}],
        "clusters": [
            {
                "name": "one",
                "cluster": {"server": server, "certificate-authority-data": authority, **cluster},
            }
        ],
        "users": [{"name": "one", "user": dict(user)}],
    }
    return json.dumps(whole)


class Watched:
    """The command lines of all processes that began during a block, as others may see them."""

    def __init__(self) -> None:
        self.lines: set[bytes] = set()
        self._over = threading.Event()

    def _look(self) -> None:
        while not self._over.wait(0.003):
            for name in os.listdir("/proc"):  # noqa: PTH208 - a process may go at any step
                with suppress(OSError):
                    self.lines.add(Path("/proc", name, "cmdline").read_bytes())

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look for as long as the block lasts."""
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def git(folder: Path, *argv: str) -> None:
    """Git, for the tests' own preparations."""
    subprocess.run(("git", "-C", str(folder), *argv), check=True, capture_output=True)
