"""
``edgeops init``: a plan meets a directory, is written, built and committed, or nothing is.

Every step that can refuse comes before the first byte is written; what can only fail
afterwards (a build, a hook, signing) takes everything back.
"""

import contextlib
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edgeops import __version__
from edgeops.core.merge.classes import INDEX, index_text, recorded
from edgeops.core.reconcile import (
    MIRROR,
    FileOutcome,
    InitResult,
    Outcome,
    Reconciliation,
    Rules,
    covers,
    reconcile,
)
from edgeops.core.schemas import Schemas
from edgeops.errors import ConfigurationError, Problem, RenderError, RepositoryError
from edgeops.ports import Files, Renderer, Repository
from edgeops.usecases.edits import FLEET_FILE, overwritten, refuse_edited
from edgeops.usecases.tree import tree_after
from edgeops.usecases.undertaking import MANIFESTS, TREES, Blueprint, Choices


def initialize(
    blueprint: Blueprint,
    choices: Choices,
    *,
    files: Files,
    repository: Repository,
    renderer: Renderer,
    schemas: Schemas | None = None,
) -> InitResult:
    """
    Make *files* hold what *blueprint* says, and commit it.

    Args:
        blueprint: what the directory is to hold.
        choices: how it is to be done.
        files: the directory.
        repository: the one around it.
        renderer: what builds the overlays.
        schemas: how Kubernetes merges its lists; without them only what every list of that name
            is merged by.

    Returns:
        What was done. With `InitResult.conflicts` nothing was done at all.

    Raises:
        ConfigurationError: if ``edgeops.yaml`` puts the directory elsewhere in its repository.
        RepositoryError: if git refuses, or edits that are not committed would be overwritten.
        RenderError: if an overlay does not build; everything is as it was.
        ProcessError: if kustomize cannot be run; everything is as it was.
    """
    merge = _merge(blueprint, choices, files, schemas)
    if blueprint.replanned is not None:
        tree = tree_after(merge, files)
        blueprint = replace(blueprint, planned=blueprint.replanned(tree, _generated(files)))
        merge = _merge(blueprint, choices, files, schemas)
    outcomes = (_fleet_file(blueprint, files), *merge.files)
    work = _Work.of(outcomes, merge, blueprint, files)
    inside = repository.exists()
    refuse_edited(outcomes, repository if inside else None)
    if merge.conflicts:
        return InitResult(files=outcomes, dry_run=choices.dry_run, warnings=blueprint.warnings)
    _check_place(blueprint, repository)
    warnings = [*blueprint.warnings, *overwritten(outcomes, dry_run=choices.dry_run)]
    if inside:
        warnings += _check(blueprint, choices, work, repository)
    elif choices.commit and blueprint.sources:
        warnings.append(_yours(blueprint.sources))
    with contextlib.ExitStack() as stack:
        built = (*MANIFESTS, *blueprint.trees)
        target = stack.enter_context(files.copy(built)) if choices.dry_run else files
        stack.enter_context(target.apply(work.writes, work.deletes))
        warnings += _build(renderer, target.root, blueprint.overlays)
        revision = None
        if choices.commit and not choices.dry_run:
            if not inside:
                stack.enter_context(repository.create(blueprint.branch))
            message = choices.message or _message(blueprint, outcomes)
            trailers = {"Edgeops-Version": __version__, "Edgeops-Command": choices.command}
            made = repository.commit(
                work.own, message, trailers=trailers, new_branch=choices.new_branch
            )
            revision = made.revision if made else None
    pushed = _push(repository, revision) if choices.push and not choices.dry_run else None
    return InitResult(
        files=outcomes,
        dry_run=choices.dry_run,
        overlays=blueprint.overlays,
        revision=revision,
        made_repository=revision is not None and not inside,
        pushed=pushed,
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The bytes to write, the files to delete, and every path that is edgeops' to commit."""

    writes: Mapping[str, bytes]
    deletes: tuple[str, ...]
    own: tuple[str, ...]

    @classmethod
    def of(
        cls,
        outcomes: Sequence[FileOutcome],
        merge: Reconciliation,
        blueprint: Blueprint,
        files: Files,
    ) -> "_Work":
        mirrored = {f"{MIRROR}{path}": content for path, content in merge.mirror.items()}
        before = {path: files.read(path) for path in files.below(MIRROR.rstrip("/"))}
        writes = {
            item.path: item.after for item in outcomes if item.writes and item.after is not None
        }
        writes |= {path: text for path, text in mirrored.items() if before.get(path) != text}
        stale = tuple(path for path in before if path not in mirrored)
        if blueprint.classes:
            mirrored[INDEX] = index_text(blueprint.classes).encode()
            if files.read(INDEX) != mirrored[INDEX]:
                writes[INDEX] = mirrored[INDEX]
        # What a person edited is theirs to commit; what is as generated is ours, even if an
        # earlier run with --no-commit wrote it.
        theirs = {Outcome.KEPT, Outcome.KEPT_DROPPED}
        own = {item.path for item in outcomes if item.outcome not in theirs}
        return cls(
            writes=writes,
            deletes=(*merge.deletes, *stale),
            own=tuple(sorted({*own, *mirrored, *stale})),
        )


def _merge(
    blueprint: Blueprint, choices: Choices, files: Files, schemas: Schemas | None
) -> Reconciliation:
    previous = _generated(files)
    existing = _read(files, {path: path for path in {*blueprint.planned, *previous}})
    if previous.keys() - existing.keys():
        found = [path for folder in MANIFESTS for path in files.below(folder)]
        existing |= _read(files, {path: path for path in found})
    was = recorded(files.read(INDEX) or b"")
    dropped = {path: kind for path, kind in was.items() if path not in blueprint.planned}
    rules = Rules(classes={**dropped, **blueprint.classes}, schemas=schemas)
    asked = {"--keep-mine": choices.keep_mine, "--take-generated": choices.take_generated}
    if any(asked.values()):
        open_conflicts = reconcile(blueprint.planned, previous, existing, rules).conflicts
        for flag, places in asked.items():
            for place in places:
                if not any(covers(place, path) for path in open_conflicts):
                    raise RepositoryError(f"{flag} {place}: there is no conflict")
        rules = replace(rules, keep_mine=choices.keep_mine, take_generated=choices.take_generated)
    return reconcile(blueprint.planned, previous, existing, rules)


def _generated(files: Files) -> dict[str, bytes]:
    """What was generated last time, by the path that it is kept for."""
    mirrored = {path.removeprefix(MIRROR): path for path in files.below(MIRROR.rstrip("/"))}
    return _read(files, mirrored)


def _read(files: Files, paths: Mapping[str, str]) -> dict[str, bytes]:
    found = {name: files.read(path) for name, path in paths.items()}
    return {name: content for name, content in found.items() if content is not None}


def _fleet_file(blueprint: Blueprint, files: Files) -> FileOutcome:
    """``edgeops.yaml`` is the one input: it is never merged, only made or added to."""
    before, after = files.read(FLEET_FILE), blueprint.text.encode()
    outcome = Outcome.CREATE if before is None else Outcome.UPDATE
    if before == after:
        outcome = Outcome.IDENTICAL
    return FileOutcome(path=FLEET_FILE, outcome=outcome, before=before, after=after)


def _check_place(blueprint: Blueprint, repository: Repository) -> None:
    place = repository.place
    if posixpath.normpath(blueprint.path) != place:
        problem = Problem(
            path="spec.repository.path",
            message=f"is {blueprint.path!r}, but this directory is {place!r} in its repository: "
            "the engine would look in the wrong place",
        )
        raise ConfigurationError(FLEET_FILE, [problem])


def _check(
    blueprint: Blueprint, choices: Choices, work: _Work, repository: Repository
) -> Sequence[str]:
    """Refuse what could not be committed; the answer is warnings."""
    if not choices.commit:
        return ()
    if work.writes or work.deletes:
        repository.check_writable((*TREES, *blueprint.trees))
    if ignored := repository.ignored(work.own):
        names = ", ".join(ignored)
        raise RepositoryError(f".gitignore leaves out what is to be committed: {names}")
    warnings = []
    if theirs := [*repository.edited(blueprint.sources), *repository.ignored(blueprint.sources)]:
        warnings.append(_yours(theirs))
    branch = choices.new_branch or repository.branch()
    if branch is None or branch == blueprint.branch:
        return warnings
    told = f"the commit goes to the branch {branch}; the engine follows {blueprint.branch}"
    return [*warnings, told]


def _yours(paths: Sequence[str]) -> str:
    names = ", ".join(paths)
    return f"the engine sees only what is committed, and these files are yours to commit: {names}"


def _build(renderer: Renderer, root: str, overlays: Sequence[str]) -> Sequence[str]:
    """Build everything; the answer is what kustomize said although it succeeded."""
    builds = renderer.build(root, overlays)
    failed = [f"{path} does not build: {builds[path].error}" for path in overlays
              if builds[path].error is not None]  # fmt: skip
    if failed:
        raise RenderError("\n".join(failed))
    return [f"{path}: {builds[path].warnings}" for path in overlays if builds[path].warnings]


def _push(repository: Repository, revision: str | None) -> str:
    """Push; where that is refused, say what there is now."""
    try:
        return repository.push()
    except RepositoryError as error:
        if revision is None:
            raise
        branch = repository.branch()
        raise RepositoryError(
            f"committed {revision[:12]} on {branch}, and did not push it: {error}"
        ) from error


_UPDATED = frozenset({Outcome.UPDATE, Outcome.MERGE, Outcome.OVERWRITE})
_DELETED = frozenset({Outcome.DELETE, Outcome.DISCARD})


def _message(blueprint: Blueprint, outcomes: Sequence[FileOutcome]) -> str:
    counts = {
        "created": sum(item.outcome is Outcome.CREATE for item in outcomes),
        "updated": sum(item.outcome in _UPDATED for item in outcomes),
        "deleted": sum(item.outcome in _DELETED for item in outcomes),
    }
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    first = all(item.outcome is Outcome.CREATE for item in outcomes)
    subject = f"{'Scaffold' if first else 'Update'} the edge fleet {blueprint.fleet}"
    return f"{subject}\n\n{told[0].upper()}{told[1:]}.\n" if told else f"{subject}\n"
