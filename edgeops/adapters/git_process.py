"""
Git as a child process, in two manners.

Who reads a repository runs nothing that it names: no file system monitor, no hook, no filter, no
diff driver, no transport, and nothing is asked for. Who commits or pushes is a person at work in
their own work tree: their hooks, signing, filters, credentials and environment count, as by hand.
"""

import os
import sys
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from edgeops.adapters import process
from edgeops.adapters.git_commands import Answer
from edgeops.errors import ProcessError, RepositoryError

NO_GIT: Final = "git cannot be run: install git, or put it on the PATH"

# What `git rev-parse --local-env-vars` names, less the configuration that a person may have
# given on purpose: inside a hook these point git at another repository than the one asked for.
REDIRECTING: Final = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
# A repository's own configuration, overruled: each of these names a program, or a way out.
# https://git-scm.com/docs/git#_security
_HARMLESS: Final = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.alternateRefsCommand": "true",
    "diff.external": "",
    "credential.helper": "",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "diff.ignoreSubmodules": "all",
}
_QUIET: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "GIT_PAGER": "cat",
}
# These look at no file of the work tree, so that no filter and no driver has a say in them.
_KEEPS_TO_OBJECTS: Final = frozenset({"cat-file", "ls-tree", "rev-parse", "symbolic-ref"})
_READING_SECONDS: Final = 300.0


def command(top: str, *, trusted: bool) -> "GitCommand":
    """Git in the directory *top*: as a person runs it if *trusted*, else running nothing."""
    return GitCommand(top, trusted=trusted)


class GitCommand:
    """
    Implements `edgeops.adapters.git_commands.Git`.

    Args:
        top: the directory to run it in.
        trusted: whether what the repository's configuration names may run.
        index: the file of another index than the repository's.
        keep_open: descriptors that git and its children inherit.
    """

    def __init__(
        self,
        top: str,
        *,
        trusted: bool,
        index: str | None = None,
        keep_open: tuple[int, ...] = (),
    ) -> None:
        self._top = top
        self._trusted = trusted
        self._index = index
        self._keep_open = keep_open

    def on(self, index: str) -> "GitCommand":
        """The same on another index."""
        return GitCommand(self._top, trusted=self._trusted, index=index, keep_open=self._keep_open)

    def holding(self, *keep_open: int) -> "GitCommand":
        """The same, whose children inherit these descriptors."""
        return GitCommand(self._top, trusted=self._trusted, index=self._index, keep_open=keep_open)

    def __call__(
        self, *argv: str, stdin: bytes | None = None, accepted: Collection[int] = (0,)
    ) -> Answer:
        added = {} if self._index is None else {"GIT_INDEX_FILE": self._index}
        try:
            done = process.run(
                ("git", *self._options(_verb(argv)), *argv),
                cwd=self._top,
                input=stdin,
                timeout=None if self._trusted else _READING_SECONDS,
                environment=self._environment,
                env_add=added,
                accepted=range(-64, 256),
                keep_open=self._keep_open,
                foreground=self._trusted and sys.stdin is not None and sys.stdin.isatty(),
                most_bytes=2 * process.MOST_BYTES,
            )
        except ProcessError as error:
            missing = isinstance(error.__cause__, FileNotFoundError) and Path(self._top).is_dir()
            raise RepositoryError(NO_GIT if missing else str(error)) from error
        if done.status not in accepted:
            printed = os.fsdecode(done.stdout).strip()
            hook = "; it said nothing, so a hook may have refused it" if self._trusted else ""
            said = done.stderr.strip() or printed or f"status {done.status}{hook}"
            raise RepositoryError(f"git {_verb(argv)}: {said}")
        return Answer(stdout=done.stdout, status=done.status)

    @property
    def _environment(self) -> Mapping[str, str]:
        if self._trusted:
            # git says C, under which a hook in Python may not print what a file holds.
            own = {"LC_ALL": "C.UTF-8", "LANGUAGE": "C"}
            return {k: v for k, v in os.environ.items() if k not in REDIRECTING} | own
        chosen = {k: v for k, v in os.environ.items() if k.startswith("GIT_CONFIG")}
        return process.clean_environment() | chosen | _QUIET

    def _options(self, verb: str) -> tuple[str, ...]:
        if self._trusted:
            return ()
        settings = {**_HARMLESS, **({} if verb in _KEEPS_TO_OBJECTS else self._drivers)}
        return tuple(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))

    @cached_property
    def _drivers(self) -> Mapping[str, str]:
        """The filters and diff drivers that the configuration has, each put out of work."""
        done = process.run(
            ("git", "config", "--null", "--name-only", "--get-regexp", r"^(filter|diff)\..*\."),
            cwd=self._top,
            environment=self._environment,
            accepted=range(256),
        )
        names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
        return {name: "" for name in names if name.rpartition(".")[2].lower() in _DRIVERS} | {
            name: "false" for name in names if name.lower().endswith(".required")
        }


_DRIVERS: Final = frozenset(("clean", "smudge", "process", "command", "textconv"))


def _verb(argv: tuple[str, ...]) -> str:
    words = iter(argv)
    for word in words:
        if word == "-c":
            next(words)
        elif not word.startswith("-"):
            return word
    return ""
