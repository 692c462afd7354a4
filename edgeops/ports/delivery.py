"""Where reports are put, to be found again."""

from collections.abc import Callable, Mapping
from typing import Protocol

Stored = Mapping[str, bytes]
"""By POSIX path below the place's own folder."""

Step = Callable[[Stored], Mapping[str, bytes | None]]
"""Gets the files that are there, and says which to write, and (None) which to remove."""


class Outbox(Protocol):
    """A folder of stored reports: on a volume, or on a branch of a repository."""

    def update(self, folder: str, step: Step, message: str) -> None:
        """
        Change the files below *folder* in one go; nobody else changes them meanwhile.

        *step* may be asked again if somebody else did. *message* says why, where that is kept.

        Raises:
            DeliveryError: if it cannot be done.
        """
        ...
