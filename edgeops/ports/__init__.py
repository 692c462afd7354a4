"""
What the use cases ask of the world, as Protocols.

Every method names what it raises, and a method that looks something up says how absence
differs from failure. `edgeops.adapters` has the real ones.
"""

from edgeops.ports.board import Board, ClusterTally, Posting
from edgeops.ports.clock import Clock
from edgeops.ports.confirming import Confirmer, NotTried
from edgeops.ports.delivery import Outbox, Step
from edgeops.ports.files import Files
from edgeops.ports.history import History, Run
from edgeops.ports.live import LiveReader, LiveState, NotRead, Wanted
from edgeops.ports.notifying import Notifier, Tone
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
from edgeops.ports.serving import Views
from edgeops.ports.verdicts import VerdictMemory

__all__ = [
    "NOT_EDITED",
    "NO_EDITS",
    "NO_TRAILERS",
    "Board",
    "Build",
    "Builder",
    "Clock",
    "ClusterTally",
    "Commit",
    "Confirmer",
    "Edit",
    "Files",
    "History",
    "LiveReader",
    "LiveState",
    "NamedEdit",
    "NotRead",
    "NotTried",
    "Notifier",
    "Outbox",
    "Posting",
    "Renderer",
    "Repository",
    "Run",
    "Source",
    "Step",
    "Tone",
    "VerdictMemory",
    "Views",
    "Wanted",
]
