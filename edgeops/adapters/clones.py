"""
A clone of a fleet's repository, and a branch of it that reports are put on.

Credentials come from a folder, a file each, as a mounted Secret has them: Flux' names
(https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference) and Argo CD's. They
reach git through its environment, never through an argument or an address.
"""

import base64
import contextlib
import re
import shlex
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from edgeops.adapters import addresses, process
from edgeops.adapters.repository import GitRepository
from edgeops.errors import DeliveryError, ProcessError, RemoteError, RepositoryError
from edgeops.ports.delivery import Step

_CLONE_SECONDS: Final = 600.0
_GIT_SECONDS: Final = 120.0
_TRIES: Final = 5
_REMOTE: Final = "origin"
# In a container nobody would reap what goes on by itself.
_IN_FRONT: Final = ("-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false")
_KEYS: Final = ("identity", "sshPrivateKey")
_NOT_LET_IN = re.compile(
    "could not read Username|Authentication failed|Permission denied|error: 40[13]"
)
_AUTHORITIES: Final = ("ca.crt", "caFile")
_WHO: Final = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "edgeops"), ("EMAIL", "edgeops@edgeops.invalid"))
}


class Clone:
    """
    A work tree with its remote.

    Args:
        folder: its top.
        environment: gives what git needs to reach the remote; credentials may be others by now.
    """

    def __init__(self, folder: str, environment: Callable[[], Mapping[str, str]]) -> None:
        self.folder = folder
        self._environment = environment

    def git(
        self, *argv: str, stdin: bytes | None = None, index: str | None = None, status: int = 0
    ) -> bytes | None:
        """What git prints; None if it ends with *status* where that is not 0."""
        added = {**self._environment(), **({"GIT_INDEX_FILE": index} if index else {})}
        done = process.run(
            ("git", *argv),
            cwd=self.folder,
            input=stdin,
            env_add=added,
            timeout=_GIT_SECONDS,
            accepted={0, status},
        )
        return done.stdout if done.status == 0 else None

    def text(self, *argv: str, stdin: bytes | None = None, index: str | None = None) -> str:
        """What git prints, as one line."""
        return (self.git(*argv, stdin=stdin, index=index) or b"").decode().strip()

    def by(self, who: Mapping[str, str]) -> "Clone":
        """The same, for an author: variables that git knows them by."""
        return Clone(self.folder, lambda: {**self._environment(), **who})


class ClonedRepository(GitRepository):
    """
    The repository in a clone, fetched as it was cloned.

    Args:
        place: edgeops' directory in it.
    """

    def __init__(self, clone: Clone, place: str) -> None:
        self.directory = str(Path(clone.folder, place))
        super().__init__(self.directory)
        self._clone = clone

    def fetch(self, rev: str) -> None:
        """See `edgeops.ports.Repository.fetch`; what many fetches bring is packed as git does."""
        branch = rev.removeprefix(f"{_REMOTE}/")
        tracking = f"+refs/heads/{branch}:refs/remotes/{_REMOTE}/{branch}"
        try:
            self._clone.git(*_IN_FRONT, "fetch", "--quiet", "--no-tags", _REMOTE, tracking)
        except (ProcessError, RepositoryError) as error:
            said = addresses.without_password(str(error)).strip().splitlines()[-1].strip()
            raise RemoteError(f"{rev} could not be fetched: {said}") from error


@contextlib.contextmanager
def cloned(url: str, branch: str, credentials: str | None) -> Iterator[Clone]:
    """
    A clone of one branch, in a folder that is gone after the block.

    Args:
        credentials: a folder; one without a file that is known means none.

    Raises:
        RepositoryError: with git's words, if it cannot be cloned.
    """
    with tempfile.TemporaryDirectory(prefix="edgeops-clone-") as place:
        folder, keys = Path(place, "repository"), Path(place, "keys")
        keys.mkdir(mode=0o700)
        bare, header = addresses.apart(url)

        def environment() -> dict[str, str]:
            return _environment(bare, _read(credentials), keys, header)

        argv = ("git", "clone", "--quiet", "--single-branch", "--branch", branch, "--", bare)
        try:
            process.run((*argv, str(folder)), env_add=environment(), timeout=_CLONE_SECONDS)
        except ProcessError as error:
            raise RepositoryError(f"{bare}: {error}{_hint(str(error), credentials)}") from error
        yield Clone(str(folder), environment)


def _read(credentials: str | None) -> dict[str, str]:
    """The files of the folder, by name; those of a mounted Secret are links."""
    if credentials is None:
        return {}
    try:
        files = [item for item in Path(credentials).iterdir() if item.is_file()]
        return {item.name: item.read_text(encoding="utf-8") for item in files}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise RepositoryError(f"{credentials}: {reason}") from error


def _hint(said: str, credentials: str | None) -> str:
    """What to do about it, where git was not let in."""
    if not _NOT_LET_IN.search(said):
        return ""
    if credentials is None:
        return "\n  it is not public: name a folder with credentials"
    found = ", ".join(sorted(_read(credentials)))
    return f"\n  the credentials in {credentials} ({found or 'none'}) do not let us in"


def _environment(
    url: str, found: Mapping[str, str], keys: Path, header: str | None
) -> dict[str, str]:
    settings: list[tuple[str, str]] = []
    environment = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    if "bearerToken" in found or "password" in found:
        settings.append((f"http.{url}.extraHeader", f"Authorization: {_authorization(found)}"))
    elif header is not None:
        settings.append((f"http.{url}.extraHeader", header))
    authority = next((found[name] for name in _AUTHORITIES if name in found), None)
    if authority is not None:
        settings.append((f"http.{url}.sslCAInfo", _file(keys, "ca.crt", authority)))
    key = next((found[name] for name in _KEYS if name in found), None)
    if key is not None:
        command = ["ssh", "-i", _file(keys, "identity", f"{key.rstrip()}\n")]
        command += ["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        if "known_hosts" in found:
            hosts = _file(keys, "known_hosts", found["known_hosts"])
            command += ["-o", f"UserKnownHostsFile={hosts}", "-o", "StrictHostKeyChecking=yes"]
        environment["GIT_SSH_COMMAND"] = shlex.join(command)
    return {**environment, **addresses.git_settings(settings, {})}


def _authorization(found: Mapping[str, str]) -> str:
    if "bearerToken" in found:
        return f"Bearer {found['bearerToken'].strip()}"
    pair = f"{found.get('username', 'git').strip()}:{found['password'].strip()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _file(keys: Path, name: str, text: str) -> str:
    path = keys / name
    path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    path.write_text(text, encoding="utf-8")
    return str(path)


class BranchOutbox:
    """
    Implements `edgeops.ports.Outbox`: a branch of a clone's remote, made when it is missing.

    A commit is made on what the remote has and pushed; the work tree is left alone.
    """

    def __init__(self, clone: Clone, branch: str) -> None:
        self._clone = clone
        self._branch = f"refs/heads/{branch}"

    def update(self, folder: str, step: Step, message: str) -> None:
        try:
            for _ in range(_TRIES):
                if self._pushed(folder, step, message):
                    return
        except ProcessError as error:
            raise DeliveryError(f"branch {self._branch.rpartition('/')[2]}: {error}") from error
        raise DeliveryError(f"{self._branch}: others pushed at the same time, {_TRIES} times")

    def _pushed(self, folder: str, step: Step, message: str) -> bool:
        """One attempt; False if somebody else was quicker."""
        clone, parent = self._clone, self._fetched()
        changes = step(self._files(parent, folder))
        with tempfile.TemporaryDirectory(prefix="edgeops-index-") as place:
            index = str(Path(place, "index"))
            clone.git("read-tree", *([parent] if parent else ["--empty"]), index=index)
            for path, content in changes.items():
                where = f"{folder}/{path}"
                if content is None:
                    clone.git("update-index", "--force-remove", "--", where, index=index)
                    continue
                blob = clone.text("hash-object", "-w", "--stdin", stdin=content)
                entry = f"100644,{blob},{where}"
                clone.git("update-index", "--add", "--cacheinfo", entry, index=index)
            tree = clone.text("write-tree", index=index)
        if parent and tree == clone.text("rev-parse", f"{parent}^{{tree}}"):
            return True
        commit = self._committed(tree, parent, message)
        pushed = clone.git(
            "push", "--quiet", "origin", f"{commit}:{self._branch}",
            f"--force-with-lease={self._branch}:{parent or ''}", status=1,
        )  # fmt: skip
        return pushed is not None

    def _committed(self, tree: str, parent: str | None, message: str) -> str:
        above = ("-p", parent) if parent else ()
        return self._clone.by(_WHO).text("commit-tree", tree, *above, stdin=message.encode())

    def _fetched(self) -> str | None:
        """The branch's commit, here; None if the remote has no such branch."""
        listed = self._clone.text("ls-remote", "origin", self._branch)
        if not listed:
            return None
        self._clone.git("fetch", "--quiet", "origin", self._branch)
        return self._clone.text("rev-parse", "FETCH_HEAD")

    def _files(self, commit: str | None, folder: str) -> dict[str, bytes]:
        if commit is None:
            return {}
        listed = self._clone.git("ls-tree", "-r", "-z", "--name-only", commit, "--", f"{folder}/")
        names = [name.decode() for name in (listed or b"").split(b"\0") if name]
        return {
            name.removeprefix(f"{folder}/"): self._clone.git("cat-file", "blob", f"{commit}:{name}")
            or b""
            for name in names
        }
