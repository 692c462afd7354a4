"""
The one door to child processes.

A child gets an argument vector (never a shell), a clean environment and a process group of
its own, so that a time limit or ^C ends its children too. The environment is an allow-list:
a variable such as ``GIT_DIR`` or ``KUBECTL_EXTERNAL_DIFF`` in the user's shell must not
change what a tool says about a fleet. What a child may print is bounded, too.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from edgeops.adapters.addresses import without_password
from edgeops.errors import ProcessError

MOST_BYTES: Final = 512 * 1024 * 1024
"""What a child may print; more than the largest fleets need, less than a machine has."""

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
_CHUNK_BYTES = 1024 * 1024
_running: Final[set["subprocess.Popen[bytes]"]] = set()
_abandoned: Final = threading.Event()


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
    environment: Mapping[str, str] | None = None,
    accepted: Collection[int] = (0,),
    keep_open: Collection[int] = (),
    foreground: bool = False,
    most_bytes: int = MOST_BYTES,
) -> Completed:
    """
    Run *argv* to its end and return what it printed.

    Args:
        argv: program (a path, or a name that is looked up on ``PATH``) and arguments.
        cwd: directory to run it in; the current one if None.
        input: bytes for its standard input; without them it reads an empty one.
        timeout: seconds after which it and all its children are killed.
        env_add: variables on top of the environment.
        environment: what it has instead of the clean environment.
        accepted: the exit statuses that are answers and not failures.
        keep_open: descriptors that it and its children inherit.
        foreground: leaves it in our process group, so that it may ask at the terminal; ^C
            reaches it there by itself.
        most_bytes: what it may print to each of stdout and stderr before it is killed.

    Raises:
        ProcessError: if it cannot be started, ends with another status, takes too long, or
            prints too much.
    """
    if _abandoned.is_set():
        raise ProcessError(f"{Path(argv[0]).name} was not started: edgeops ends")
    given = clean_environment() if environment is None else environment
    try:
        child = subprocess.Popen(
            tuple(argv),
            cwd=cwd,
            env={**given, **(env_add or {})},
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=not foreground,
            pass_fds=tuple(keep_open),
        )
    except (OSError, ValueError) as error:
        raise ProcessError(_not_started(argv[0], cwd, error)) from error
    with child:
        if not foreground:
            _running.add(child)
            if _abandoned.is_set():
                _kill_group(child)  # whoever ended the others did not see it yet
        try:
            stdout, raw_stderr = _exchanged(child, input or b"", timeout, most_bytes)
        except _TookTooLongError as error:
            _kill(child, group=not foreground)
            limit = f"{timeout:g} seconds"
            raise ProcessError(f"{_shown(argv)} did not finish within {limit}") from error
        except _SaidTooMuchError as error:
            _kill(child, group=not foreground)
            raise ProcessError(f"{_shown(argv)} printed more than {most_bytes} bytes") from error
        except BaseException:
            # ^C does not reach a child in a session of its own.
            _kill(child, group=not foreground)
            raise
        finally:
            _running.discard(child)
    stderr = raw_stderr.decode("utf-8", "replace")
    if child.returncode not in accepted:
        raise ProcessError(_failed(argv, child.returncode, stderr))
    return Completed(stdout=stdout, stderr=stderr, status=child.returncode)


def end_all() -> None:
    """Kill every child of other threads, with all its children: nobody waits for them any more."""
    for child in tuple(_running):
        _kill_group(child)


@contextlib.contextmanager
def abandoned() -> Iterator[None]:
    """While the block runs, nothing is started, and what ran before is killed."""
    _abandoned.set()
    try:
        end_all()
        yield
    finally:
        _abandoned.clear()


class _TookTooLongError(Exception):
    """The time is up."""


class _SaidTooMuchError(Exception):
    """More was printed than may be."""


def _exchanged(
    child: "subprocess.Popen[bytes]", given: bytes, timeout: float | None, most: int
) -> tuple[bytes, bytes]:
    """Write *given*, read both streams to their ends, and wait for the child."""
    end = None if timeout is None else time.monotonic() + timeout
    assert child.stdout is not None
    assert child.stderr is not None
    texts: dict[IO[bytes], bytearray] = {child.stdout: bytearray(), child.stderr: bytearray()}
    left = memoryview(given)
    with selectors.DefaultSelector() as waiting:
        for stream in texts:
            waiting.register(stream, selectors.EVENT_READ)
        if child.stdin is not None:
            os.set_blocking(child.stdin.fileno(), False)
            waiting.register(child.stdin, selectors.EVENT_WRITE)
        while waiting.get_map():
            ready = waiting.select(_remaining(end))
            for key, _ in ready:
                if key.fileobj is child.stdin:
                    left = _sent(child.stdin, left)
                    if not left:
                        waiting.unregister(child.stdin)
                        _close(child.stdin)
                    continue
                chunk = os.read(key.fd, _CHUNK_BYTES)
                if not chunk:
                    waiting.unregister(key.fileobj)
                    continue
                text = texts[child.stdout if key.fileobj is child.stdout else child.stderr]
                text += chunk
                if len(text) > most:
                    raise _SaidTooMuchError
    try:
        child.wait(_remaining(end))
    except subprocess.TimeoutExpired as error:
        raise _TookTooLongError from error
    return bytes(texts[child.stdout]), bytes(texts[child.stderr])


def _remaining(end: float | None) -> float | None:
    if end is None:
        return None
    left = end - time.monotonic()
    if left <= 0:
        raise _TookTooLongError
    return left


def _sent(stream: IO[bytes], text: memoryview) -> memoryview:
    """What is left of *text*; nothing, where nobody reads it any more."""
    try:
        return text[os.write(stream.fileno(), text[:_CHUNK_BYTES]) :]
    except BlockingIOError:
        return text
    except BrokenPipeError:
        return memoryview(b"")


def _close(stream: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def clean_environment() -> dict[str, str]:
    """The variables that a child has: those that it needs to run and to reach the network."""
    return {name: value for name, value in os.environ.items() if name in _KEPT} | _LOCALE


def _kill(child: "subprocess.Popen[bytes]", *, group: bool) -> None:
    """Kill the child, and its whole group where it has one, and take what is left in its pipes."""
    if group:
        _kill_group(child)
    else:
        # Git takes its lock files away when it is asked to end, and not when it is killed.
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        child.kill()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            _close(stream)
    # A grandchild that left the group must not hold us.
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=_GRACE_SECONDS)


def _kill_group(child: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _shown(argv: Sequence[str]) -> str:
    return without_password(" ".join((Path(argv[0]).name, *argv[1:])))


def _not_started(program: str, cwd: str | None, error: OSError | ValueError) -> str:
    if cwd is not None and not Path(cwd).is_dir():
        return f"cannot run {program}: the directory {cwd} does not exist"
    if isinstance(error, FileNotFoundError):
        return f"cannot run {program}: no such program; install it or name its path"
    return f"cannot run {program}: {getattr(error, 'strerror', None) or error}"


def _failed(argv: Sequence[str], status: int, stderr: str) -> str:
    ended = f"was killed by signal {-status}" if status < 0 else f"failed with status {status}"
    lines = without_password(stderr).strip().splitlines()
    said = lines[:_SHOWN_LINES]
    if len(lines) > len(said):
        said.append(f"… {len(lines) - len(said)} more lines")
    return "\n  ".join((f"{_shown(argv)} {ended}", *said))
