"""What a directory is to hold, and how: the words that init, zone and plan share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgeops.core.fleet.model import Fleet
from edgeops.core.merge.classes import FileClass
from edgeops.usecases.edits import FLEET_FILE

MANIFESTS = ("base", "components", "overlays", "clusters")
"""What is built."""

TREES = (FLEET_FILE, ".edgeops", *MANIFESTS)
"""All that an init looks at and writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What the directory is to hold."""

    text: str
    """Of ``edgeops.yaml``."""

    fleet: str
    branch: str
    """The branch that the engine follows."""

    path: str
    """Place of the directory in its repository, as ``edgeops.yaml`` has it."""

    planned: Mapping[str, bytes]
    """Every generated file by its path below the directory."""

    overlays: tuple[str, ...]
    """The directories that have to build."""

    warnings: tuple[str, ...] = ()
    classes: Mapping[str, FileClass] = field(default_factory=dict)
    """Of each planned file that is not merged."""

    replanned: Callable[[Mapping[str, bytes], Mapping[str, bytes]], Mapping[str, bytes]] | None = (
        None
    )
    """
    The planned files once the whole tree is known, and what was generated last time: the engine's
    rights follow from both.
    """

    trees: tuple[str, ...] = ()
    """Folders, besides edgeops' own, that the overlays are built from."""

    calls: Fleet | None = None
    """The fleet of `text` with all its services, whose calls are followed; None follows none."""

    earlier: Callable[[str], Fleet] | None = None
    """What reads another text of ``edgeops.yaml`` so; raises as `calls` was made."""

    sources: tuple[str, ...] = ()
    """The user's files that the overlays are built from, in `trees` or in ``base``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How it is to be done."""

    dry_run: bool = False
    commit: bool = True
    message: str | None = None
    push: bool = False
    new_branch: str | None = None
    command: str = "init"
    """What made the commit, as its trailer names it: words of edgeops, never a whole command."""

    keep_mine: tuple[str, ...] = ()
    """Files or folders in whose conflicts the user's word counts."""

    take_generated: tuple[str, ...] = ()
    """Files or folders in whose conflicts the template's word counts."""
