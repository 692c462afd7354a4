"""``edgeops validate``: everything is built out of a copy of the work tree, and judged."""

import contextlib
import difflib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from edgeops import __version__
from edgeops.core import documents, openapi
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.lint import RULES, Folder, Repository, Validation, judge
from edgeops.core.lint.applied import applied_folders
from edgeops.core.lint.graph import NAMES
from edgeops.core.objects import KubeObject, is_object
from edgeops.core.reconcile import MIRROR
from edgeops.core.schemas import Schemas
from edgeops.errors import ConfigurationError, Problem, RenderError, RepositoryError
from edgeops.ports import Build, Files, Renderer
from edgeops.ports import Repository as GitRepository
from edgeops.usecases.edits import FLEET_FILE

_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a validation works with."""

    parse: Callable[[str], Fleet]
    parse_whole: Callable[[str], Fleet]
    """The same with the services of an application that is a directory, which is built."""

    open_files: Callable[[str], Files]
    """The files below a directory."""

    repository: GitRepository
    renderer: Renderer
    schemas: Schemas


def validate(directory: str, tools: Tools) -> Validation:
    """
    Build every overlay and every folder that an engine is given, and judge them all.

    Raises:
        RepositoryError: if there is no ``edgeops.yaml``, or a file cannot be read.
        ConfigurationError: if that is not valid, or switches off a rule that there is not.
        ProcessError: if kustomize cannot be run.
    """
    files = tools.open_files(directory)
    fleet, text = _fleet(files, tools.parse)
    callers, notes = _callers(fleet, text, tools)
    version = tools.renderer.version
    with _copy(files, tools.repository) as root:
        copied = tools.open_files(root)
        contents = {path: copied.read(path) or b"" for path in copied.below(".")}
        kept = {path: text for path, text in contents.items() if not path.startswith(".edgeops/")}
        repository = Repository(
            fleet=fleet,
            folders=tuple(_folders(fleet, kept, root, tools.renderer)),
            files=kept,
            mirror={
                path.removeprefix(MIRROR): text
                for path, text in contents.items()
                if path.startswith(MIRROR)
            },
            schemas=tools.schemas.joined(Schemas(openapi.defined(_definitions(kept)))),
            callers=callers,
            notes=notes,
        )
    found = judge(repository, {entry.rule: entry.reason for entry in fleet.rules_off})
    return replace(found, edgeops_version=__version__, kustomize_version=version)


def _fleet(files: Files, parse: Callable[[str], Fleet]) -> tuple[Fleet, str]:
    content = files.read(FLEET_FILE)
    if content is None:
        raise RepositoryError(
            f"there is no {FLEET_FILE} here: make one with 'edgeops init', "
            "or name its directory with -C"
        )
    text = content.decode("utf-8", "replace")
    fleet = parse(text)
    lines = documents.lines_of(text)
    problems = [
        Problem(
            path=f"spec.validate.off[{index}].rule",
            message=_no_rule(entry.rule),
            line=lines.get(f"spec.validate.off[{index}].rule"),
        )
        for index, entry in enumerate(fleet.rules_off)
        if entry.rule not in RULES
    ]
    if problems:
        raise ConfigurationError(FLEET_FILE, problems)
    return fleet, text


def _callers(fleet: Fleet, text: str, tools: Tools) -> tuple[Fleet | None, tuple[str, ...]]:
    """The fleet with its services; None, and why, where its directory does not tell them."""
    if fleet.directory_app is None:
        return fleet, ()
    try:
        return tools.parse_whole(text), ()
    except (ConfigurationError, RenderError) as error:
        return None, (f"calls were not followed: {error}",)


def _no_rule(name: str) -> str:
    near = difflib.get_close_matches(name, RULES, 3)
    hint = f"; near: {', '.join(near)}" if near else "; 'edgeops validate --rules' lists them"
    return f"there is no rule '{name}'{hint}"


@contextlib.contextmanager
def _copy(files: Files, repository: GitRepository) -> Iterator[str]:
    """A copy of the work tree as it is, what git ignores left out where there is a git."""
    if repository.exists():
        with repository.export_worktree(["."]) as root:
            yield root
    else:
        with files.copy(["."]) as copied:
            yield copied.root


def _folders(
    fleet: Fleet, contents: Mapping[str, bytes], root: str, renderer: Renderer
) -> Iterator[Folder]:
    """Overlays, engines' folders, and what the objects in those have an engine apply."""
    owners = _owners(fleet)
    engines = _engine_folders(fleet, contents)
    built = dict(renderer.build(root, (*owners, *engines), origins=True))
    for path, folder in owners.items():
        yield _filled(folder, built[path])
    loose = list(_without_kustomization(fleet, contents, set(engines)))
    given = [*(item for path in engines for item in built[path].objects)]
    given += [item for folder in loose for item in folder.objects]
    for path, cluster in engines.items():
        yield _filled(Folder(path=path, cluster=cluster), built[path])
    yield from loose
    more = sorted(
        path
        for path in set(applied_folders(fleet, given))
        if path not in built and any(f"{path}/{name}" in contents for name in NAMES)
    )
    for path, build in renderer.build(root, more, origins=True).items():
        yield _filled(Folder(path=path), build)


def _owners(fleet: Fleet) -> dict[str, Folder]:
    return {
        zone.overlay: Folder(path=zone.overlay, cluster=cluster, zone=zone)
        for cluster in fleet.clusters
        for zone in cluster.zones
    }


def _engine_folders(fleet: Fleet, contents: Mapping[str, bytes]) -> dict[str, Cluster | None]:
    """The outermost folders with a kustomization below ``clusters/``, and whose they are."""
    found = sorted(
        posixpath.dirname(path)
        for path in contents
        if path.startswith("clusters/") and posixpath.basename(path) in NAMES
    )
    outer = [path for path in found if not any(path.startswith(f"{other}/") for other in found)]
    # The folder of the fleet's own engine is wanted whether it is there or not.
    own = [f"clusters/{cluster.name}/{fleet.engine}" for cluster in fleet.clusters]
    wanted = [path for path in own if not any(path.startswith(f"{other}/") for other in outer)]
    return {path: _owner(fleet, path) for path in sorted({*outer, *wanted})}


def _owner(fleet: Fleet, path: str) -> Cluster | None:
    parts = path.split("/")
    return fleet.cluster(parts[1]) if len(parts) > 1 else None


def _without_kustomization(
    fleet: Fleet, contents: Mapping[str, bytes], built: Iterable[str]
) -> Iterator[Folder]:
    """
    The manifests below ``clusters/`` that no kustomization there lists.

    Flux makes a kustomization for them by itself.
    """
    loose: dict[str, list[KubeObject]] = {}
    for path, content in contents.items():
        folder = posixpath.dirname(path)
        if not path.startswith("clusters/") or not path.endswith(_YAML):
            continue
        if any(folder == one or folder.startswith(f"{one}/") for one in built):
            continue
        with contextlib.suppress(documents.DocumentError):
            bodies = [item.value for item in documents.load_all(content)]
            loose.setdefault(folder, []).extend(
                KubeObject(body) for body in bodies if is_object(body)
            )
    for folder, objects in loose.items():
        yield Folder(path=folder, cluster=_owner(fleet, folder), objects=tuple(objects))


def _filled(folder: Folder, build: Build) -> Folder:
    return replace(
        folder,
        objects=build.objects,
        error=build.error,
        absent=build.absent,
        warnings=build.warnings,
    )


def _definitions(contents: Mapping[str, bytes]) -> Iterator[Mapping[str, object]]:
    """The CustomResourceDefinitions of the repository: their kinds have schemas too."""
    for path, content in contents.items():
        if path.endswith(_YAML) and b"CustomResourceDefinition" in content:
            with contextlib.suppress(documents.DocumentError):
                for item in documents.load_all(content):
                    if isinstance(item.value, Mapping):
                        yield item.value
