"""
What a request is let in by: a token, a token file, a plugin's token, or a name and a password.

A token that is refused is asked for once more, where it comes from something that can give
another: files are rotated, and a plugin's token expires.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import base64
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from lightkube.config.models import User, UserExec
from lightkube.core.exceptions import ConfigError

from edgeops.adapters import process
from edgeops.core import documents
from edgeops.errors import ProcessError

_SAID_LINES = 3
_HIDDEN = "<redacted>"
_SHORTEST_SECRET = 4


class Limit(Protocol):
    """Until when a plugin may take."""

    def left(self) -> float:
        """Seconds until then."""
        ...

    def check(self) -> None:
        """Go on if there is time; raises TimeoutError, in words for a person."""
        ...


class Credentials:
    """
    The ``Authorization`` header of one user; of several threads.

    Args:
        user: as kubeconfig has it.
        deadline: until when a plugin may take.
    """

    def __init__(self, user: User, deadline: Limit) -> None:
        self._source, self.renewable = _source(user, deadline)
        self._lock = threading.Lock()
        self._header: str | None = None
        self._known = False

    def header(self, refused: str | None = None) -> str | None:
        """
        The header's value; None where the user has none, as with a client certificate.

        Args:
            refused: a value that the server did not take, and that another is wanted for.

        Raises:
            ConfigError, OSError: if the plugin or the file yields no token.
        """
        with self._lock:
            # Of several threads with the same stale token the first asks for another.
            if not self._known or (refused is not None and refused == self._header):
                self._header, self._known = self._source(), True
            return self._header


def _source(user: User, deadline: Limit) -> tuple[Callable[[], str | None], bool]:
    """What gives the header, and whether asking again may give another one."""
    if (place := user.token_file) is not None:
        return lambda: _bearer(Path(place).read_text(encoding="utf-8"), place), True
    if (token := user.token) is not None:
        return lambda: _bearer(token, "the kubeconfig"), False
    if (plugin := user.exec) is not None:
        return lambda: _bearer(_plugin_token(plugin, deadline), plugin.command), True
    if user.username and user.password:
        pair = base64.b64encode(f"{user.username}:{user.password}".encode()).decode()
        return lambda: f"Basic {pair}", False
    if user.auth_provider:
        raise ConfigError("auth-provider is not supported: Kubernetes took it out in 1.26")
    return lambda: None, False


def _bearer(token: str, source: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable():
        raise ConfigError(f"the token of {source} is none")
    return f"Bearer {token}"


def _plugin_token(plugin: UserExec, deadline: Limit) -> str:
    name = Path(plugin.command).name
    added = {variable.name: variable.value for variable in plugin.env or ()}
    deadline.check()
    try:
        # A plugin is configured by the user's whole environment: profiles, regions, proxies.
        done = process.run(
            (plugin.command, *(plugin.args or ())),
            timeout=deadline.left(),
            env_add={**os.environ, "KUBERNETES_EXEC_INFO": _exec_info(plugin), **added},
            accepted=range(-64, 256),
        )
    except ProcessError as error:
        deadline.check()
        # What it says begins with the arguments, which may hold a secret.
        raise ConfigError(f"the credential plugin {name} could not be run") from error
    if done.status:
        said = _masked(done.stderr, (*added.values(), *(plugin.args or ())))
        raise ConfigError(f"the credential plugin {name} failed with status {done.status}{said}")
    try:
        answer = documents.parse_json(done.stdout)
    except documents.DocumentError as error:
        raise ConfigError(f"what the credential plugin {name} printed is {error}") from error
    status = answer.get("status") if isinstance(answer, Mapping) else None
    token = status.get("token") if isinstance(status, Mapping) else None
    if not isinstance(token, str):
        raise ConfigError(f"the credential plugin {name} printed no token")
    return token


def _exec_info(plugin: UserExec) -> str:
    info = {
        "apiVersion": plugin.apiVersion,
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }
    return documents.dump_compact(info).decode()


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    """The first lines of what a plugin says, without the values that kubeconfig gives it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET and not secret.startswith("--"):
            text = text.replace(secret, _HIDDEN)
    lines = [line.strip() for line in text.splitlines() if line.strip()][:_SAID_LINES]
    return f": {' '.join(lines)}" if lines else ""
