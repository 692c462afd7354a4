"""An application that is a directory of manifests, as values: what is said and found of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Placement(StrEnum):
    """Where a service of the application runs."""

    EDGE = "edge"
    REGION = "region"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What ``app.services`` says of one service of a directory; None where it says nothing."""

    name: str
    protocol: str | None = None
    port: int | None = None
    placement: Placement | None = None
    upstreams: tuple[str, ...] | None = None
    front: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One object of a directory's build that makes pods."""

    body: Mapping[str, Any]
    """As it was built."""

    placement: Placement = Placement.EVERYWHERE
    service: str | None = None
    """The service that its pods are; None for pods that nobody calls and that call nobody."""

    upstreams: tuple[str, ...] = ()
    """Services that its own pods call."""

    runs_once: bool = False
    """Whether its pods end by themselves, as a Job's do."""

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def kind(self) -> str:
        return str(self.body["kind"])


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryApp:
    """``app: {base: DIR, …}``: an application that somebody has written already."""

    directory: str
    """POSIX, below the directory of ``edgeops.yaml``."""

    region_only: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    objects: tuple[Mapping[str, Any], ...] = ()
    """What it builds; empty until it has been built (`edgeops.core.bring`)."""

    workloads: tuple[Workload, ...] = ()
    """Those of `objects` that make pods."""

    @property
    def tree(self) -> str:
        """The top folder of `directory`: what it may refer to is below it."""
        return self.directory.partition("/")[0]
