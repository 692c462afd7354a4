"""
A commit that the repository lacks, fetched into a repository that is thrown away.

Nothing is written where the person works: no ref, no object, not the index, not the
configuration. Of that, headers, proxies and rewritten addresses count; whatever else a repository's
configuration may name, programs above all, does not: who checks a repository need not trust it. The
person's own configuration counts whole. Nobody is asked anything, and there is a time limit.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from edgeops.adapters import process
from edgeops.adapters.addresses import apart, git_settings, without_password
from edgeops.adapters.git_commands import Answer, Git
from edgeops.errors import ProcessError, RemoteError, RepositoryError

LIMIT_SECONDS: Final = 20.0
"""For all remotes together, for one commit."""

# What a person may have set on purpose for git to reach a remote.
_KEPT: Final = ("GIT_CONFIG", "GIT_SSH", "GIT_SSL", "GIT_HTTP", "GIT_PROXY")
_SILENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GCM_INTERACTIVE": "never",
    # An address of the form ext::COMMAND would run a program.
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_FETCH: Final = (
    "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance",
    "--no-write-fetch-head",
)  # fmt: skip
_HARMLESS: Final = r"^(http\.(.*\.)?(extraheader|proxy|ssl[a-z]*)|url\..*\.insteadof)$"
_OVERRULED: Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.gitProxy": "none",
    "core.alternateRefsCommand": "true",
}
_BRANCH: Final = "refs/edgeops/branch"


@contextlib.contextmanager
def fetched(git: Git, commit: str, url: str, branch: str) -> Iterator[Git]:
    """
    Git in a bare repository that has *commit*, for as long as the block runs.

    Asked are ``origin`` and *url*, first for the commit itself, then for *branch*: not every
    server gives away a commit that is at the tip of nothing.

    Args:
        git: runs in the repository that lacks it; only asked.

    Raises:
        RemoteError: if no remote can be reached within `LIMIT_SECONDS`.
        RepositoryError: if they can and none has it.
    """
    with tempfile.TemporaryDirectory(prefix="edgeops-fetch-") as place:
        scratch = _Scratch(place)
        known = git("rev-parse", "--show-object-format").text
        scratch("init", "--quiet", "--bare", "--template=", f"--object-format={known}", place)
        with Path(place, "config").open("a", encoding="utf-8", errors="surrogateescape") as config:
            config.writelines(_harmless(git))
        for remote in _remotes(git, url):
            if scratch.brings(commit, remote, branch):
                yield scratch
                return
        scratch.complain(commit)


def _harmless(git: Git) -> Iterator[str]:
    """Lines of configuration: those of the repository that change how a remote is reached."""
    # Not as arguments, which others on this machine can read: headers hold tokens.
    listed = git("config", "--local", "--null", "--get-regexp", _HARMLESS, accepted=(0, 1))
    for entry in listed.names:
        key, _, value = entry.partition("\n")
        section, _, rest = key.partition(".")
        place, _, name = rest.rpartition(".")
        subsection = f' "{_escaped(place)}"' if place else ""
        yield f'[{section}{subsection}]\n\t{name} = "{_escaped(value)}"\n'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def refresh(git: Git, rev: str) -> None:
    """
    Fetch *rev* if it is a branch of a remote, such as ``origin/main``.

    Programs that the repository's own configuration names do not run.

    Raises:
        RemoteError: with the last of git's words, if the remote does not give it.
    """
    names = [name for name in git("remote").text.splitlines() if rev.startswith(f"{name}/")]
    if not names:
        return
    remote = max(names, key=len)
    branch = rev.removeprefix(f"{remote}/")
    top = git("rev-parse", "--show-toplevel").text
    tracking = f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"
    overruled = {**_OVERRULED, f"remote.{remote}.uploadpack": "git-upload-pack"}
    if git("config", "--local", "--get", "core.sshCommand", accepted=(0, 1)).text:
        overruled["core.sshCommand"] = "ssh"
    options = (word for key, value in overruled.items() for word in ("-c", f"{key}={value}"))
    chosen = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    try:
        process.run(
            ("git", *options, *_FETCH, "--", remote, tracking),
            cwd=top,
            timeout=LIMIT_SECONDS,
            env_add={**chosen, **_SILENT},
        )
    except ProcessError as error:
        said = without_password(str(error)).strip().splitlines()[-1].strip()
        raise RemoteError(f"{rev} could not be fetched: {said}") from error


def _remotes(git: Git, url: str) -> Sequence[str]:
    """The addresses; a folder's is taken from the top of the work tree, as git does."""
    origin = git("config", "--get", "remote.origin.url", accepted=(0, 1, 2)).text
    top = Path(git("rev-parse", "--show-toplevel").text)
    known = (item for item in (origin, url) if item)
    return tuple(dict.fromkeys(item if ":" in item else str(top / item) for item in known))


class _Scratch:
    """Implements `Git` in a bare repository of its own."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._end = time.monotonic() + LIMIT_SECONDS
        self._asked: list[str] = []
        self._unreachable: list[str] = []
        self._secret: list[tuple[str, str]] = []

    def __call__(
        self, *argv: str, stdin: bytes | None = None, accepted: Collection[int] = (0,)
    ) -> Answer:
        left = max(self._end - time.monotonic(), 0.1)
        chosen = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
        try:
            done = process.run(
                ("git", "-c", "core.bare=true", *argv),
                cwd=self._place,
                input=stdin,
                timeout=left if argv[0] == "fetch" else None,
                env_add={
                    **chosen,
                    **git_settings(self._secret, chosen),
                    **_SILENT,
                    "GIT_DIR": self._place,
                },
                accepted=accepted,
            )
        except ProcessError as error:
            raise RepositoryError(without_password(str(error))) from error
        return Answer(stdout=done.stdout, status=done.status)

    def brings(self, commit: str, remote: str, branch: str) -> bool:
        """Whether *commit* is here after *remote* was asked for it."""
        remote, header = apart(remote)
        self._secret = [(f"http.{remote}.extraHeader", header)] if header else []
        self._asked.append(without_password(remote))
        with contextlib.suppress(RepositoryError):
            self(*_FETCH, "--depth=1", "--", remote, commit)
            return True
        try:
            self(*_FETCH, "--", remote, f"+refs/heads/{branch}:{_BRANCH}")
        except RepositoryError as error:
            self._unreachable.append(str(error))
            return False
        return self("cat-file", "-e", f"{commit}^{{commit}}", accepted=range(256)).status == 0

    def complain(self, commit: str) -> None:
        """Say why the commit is not here."""
        missing = f"there is no commit {commit!r} in this repository"
        if not self._asked:
            raise RepositoryError(f"{missing}, and no remote to fetch it from")
        if len(self._unreachable) == len(self._asked):
            said = self._unreachable[0].strip().splitlines()[-1].strip()
            raise RemoteError(f"{missing}, and {self._asked[0]} does not give it ({said})")
        raise RepositoryError(f"{missing}, nor at {' or '.join(self._asked)}")
