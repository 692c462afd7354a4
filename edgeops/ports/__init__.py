"""
What the use cases ask of the world, as Protocols.

Every method names what it raises, and a method that looks something up says how absence
differs from failure. `edgeops.adapters` has the real ones.

What every check needs is named here; what only some commands do (history, messages, reports
that are stored or served) stands in the modules beside this one.
"""

from edgeops.ports.clock import Clock
from edgeops.ports.confirming import Confirmer, NotTried
from edgeops.ports.files import Files
from edgeops.ports.live import LiveReader, LiveState, NotRead, Wanted
from edgeops.ports.rendering import (
    NO_EDITS,
    NOT_EDITED,
    Build,
    Builder,
    Edit,
    NamedEdit,
    Renderer,
    Source,
)
from edgeops.ports.repository import NO_TRAILERS, Commit, Repository
from edgeops.ports.verdicts import VerdictMemory

__all__ = [
    "NOT_EDITED",
    "NO_EDITS",
    "NO_TRAILERS",
    "Build",
    "Builder",
    "Clock",
    "Commit",
    "Confirmer",
    "Edit",
    "Files",
    "LiveReader",
    "LiveState",
    "NamedEdit",
    "NotRead",
    "NotTried",
    "Renderer",
    "Repository",
    "Source",
    "VerdictMemory",
    "Wanted",
]
