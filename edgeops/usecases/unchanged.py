"""
An ``edgeops init`` with nothing to do, known for one before it is planned.

What it finds follows from ``edgeops.yaml``, from what is committed, from kustomize and from edgeops
itself. Where all of them are as they were when every file was as generated, every file is.
"""

from collections.abc import Sequence

from edgeops.core.documents import DocumentError, dump_compact, parse_json
from edgeops.core.fleet.model import Fleet
from edgeops.core.reconcile import FileOutcome, InitResult, Outcome
from edgeops.ports import Repository
from edgeops.ports.remembering import Memory
from edgeops.usecases.undertaking import TREES


def standing(repository: Repository, fleet: Fleet) -> str | None:
    """What stands for all that an init would look at; None where not all of it is committed."""
    return repository.standing((*TREES, *fleet.trees)) if repository.exists() else None


def found_before(memory: Memory, key: str) -> InitResult | None:
    """What an init found that had nothing to do when all stood as *key* tells; None if none did."""
    text = memory.find(key)
    if text is None:
        return None
    try:
        files, overlays, warnings = parse_json(text.encode())
    except (DocumentError, ValueError):
        return None
    return InitResult(
        files=tuple(
            FileOutcome(path=path, outcome=Outcome.IDENTICAL, before=None, after=None)
            for path in files
        ),
        dry_run=False,
        overlays=tuple(overlays),
        warnings=tuple(warnings),
    )


def remember(memory: Memory, key: str | None, result: InitResult, routes: Sequence[object]) -> None:
    """Keep *result* for the next init, if there was nothing to do and nothing to say of routes."""
    as_generated = all(item.outcome is Outcome.IDENTICAL for item in result.files)
    if key is None or not as_generated or routes:
        return
    paths = [item.path for item in result.files]
    memory.keep(key, dump_compact([paths, result.overlays, result.warnings]).decode())
