"""
The one door to child processes.

A child gets an argument vector (never a shell), a clean environment and a process group of
its own, so that a time limit or ^C ends its children too. The environment is an allow-list:
a variable such as ``GIT_DIR`` or ``KUBECTL_EXTERNAL_DIFF`` in the user's shell must not
change what a tool says about a fleet.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeops.adapters.addresses import without_password
from edgeops.errors import ProcessError

_KEPT = frozenset(
    (
        "HOME",
        "KUBECONFIG",
        "LOGNAME",
        "PATH",
        "SSH_AUTH_SOCK",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "USER",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
    )
)
# Messages are read by people and sometimes by us: English, in UTF-8.
_LOCALE = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
_SHOWN_LINES = 12
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A child process that ended with an accepted status."""

    stdout: bytes
    stderr: str
    """Decoded as UTF-8; bytes that are not are replaced."""

    status: int


def run(
    argv: Sequence[str],
    *,
    cwd: str | None = None,
    input: bytes | None = None,  # noqa: A002 - the name that subprocess gives it
    timeout: float | None = None,
    env_add: Mapping[str, str] | None = None,
    accepted: Collection[int] = (0,),
) -> Completed:
    """
    Run *argv* to its end and return what it printed.

    Args:
        argv: program (a path, or a name that is looked up on ``PATH``) and arguments.
        cwd: directory to run it in; the current one if None.
        input: bytes for its standard input; without them it reads an empty one.
        timeout: seconds after which it and all its children are killed.
        env_add: variables on top of the clean environment.
        accepted: the exit statuses that are answers and not failures.

    Raises:
        ProcessError: if it cannot be started, ends with another status, or takes too long.
    """
    try:
        child = subprocess.Popen(
            tuple(argv),
            cwd=cwd,
            env=_environment(env_add or {}),
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ProcessError(_not_started(argv[0], cwd, error)) from error
    with child:
        try:
            stdout, raw_stderr = child.communicate(input, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _kill(child)
            limit = f"{timeout:g} seconds"
            raise ProcessError(f"{_shown(argv)} did not finish within {limit}") from error
        except BaseException:
            # ^C does not reach a child in a session of its own.
            _kill(child)
            raise
    stderr = raw_stderr.decode("utf-8", "replace")
    if child.returncode not in accepted:
        raise ProcessError(_failed(argv, child.returncode, stderr))
    return Completed(stdout=stdout, stderr=stderr, status=child.returncode)


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    return kept | _LOCALE | dict(added)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child's whole group and take what is left in its pipes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    # A grandchild that left the group may still hold a pipe: that must not hold us.
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.communicate(timeout=_GRACE_SECONDS)


def _shown(argv: Sequence[str]) -> str:
    return without_password(" ".join((Path(argv[0]).name, *argv[1:])))


def _not_started(program: str, cwd: str | None, error: OSError) -> str:
    if cwd is not None and not Path(cwd).is_dir():
        return f"cannot run {program}: the directory {cwd} does not exist"
    if isinstance(error, FileNotFoundError):
        return f"cannot run {program}: no such program; install it or name its path"
    return f"cannot run {program}: {error.strerror or error}"


def _failed(argv: Sequence[str], status: int, stderr: str) -> str:
    ended = f"was killed by signal {-status}" if status < 0 else f"failed with status {status}"
    lines = without_password(stderr).strip().splitlines()
    said = lines[:_SHOWN_LINES]
    if len(lines) > len(said):
        said.append(f"… {len(lines) - len(said)} more lines")
    return "\n  ".join((f"{_shown(argv)} {ended}", *said))
