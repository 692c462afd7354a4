"""Dry runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edgeops.core.objects import KubeObject


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTried:
    """Why a dry run told nothing of an object."""

    reason: str
    """Without values of a Secret."""

    status: int | None = None
    """The HTTP status; None where the server did not answer."""


class Confirmer(Protocol):
    """A cluster that is asked what an apply would make of objects, and keeps nothing of it."""

    def predict(self, applies: Sequence[tuple[KubeObject, str]]) -> Sequence[KubeObject | NotTried]:
        """
        What each object would be after a server-side apply under the field manager beside it.

        Never raises for one object; in order, one answer each.

        Raises:
            LiveStateError: if the cluster cannot be asked at all.
        """
        ...
