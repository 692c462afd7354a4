"""
Who deployed an object, and who came after.

An engine is known by its name. A person or script can be the deployer too, by ``kubectl apply`` or
``kubectl create``: then what the API server filled in stands under their name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edgeops.core.findings import Attribution, ManagerClass
from edgeops.core.ownership import CLIENT_SIDE_APPLY, Ownership
from edgeops.core.paths import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployers:
    """Tells the deployers of one live object from whoever else wrote into it."""

    owners: Ownership

    def deployed(self, owner: Attribution, path: Path) -> bool:
        """
        Whether what *owner* wrote at *path* is the deployment rather than somebody's edit.

        A client-side apply owns the defaults too, and its annotation says what of that it really
        sent. Where a sync engine deploys, what kubectl really sent is somebody's own manifest.
        """
        if owner.manager_class is ManagerClass.ENGINE:
            return True
        if owner.manager != CLIENT_SIDE_APPLY or self.owners.last_applied is None:
            return False
        return not (self.owners.has_engine and self.owners.was_applied(path))

    def people(self, owners: Iterable[Attribution], path: Path) -> tuple[Attribution, ...]:
        """Those of *owners* who wrote *path* by hand."""
        return tuple(
            owner for owner in owners if is_person(owner) and not self.deployed(owner, path)
        )

    def made(self, owner: Attribution, path: Path, desired: Any, live: Any) -> bool:
        """
        Whether *owner* is the one who deployed what stands around the field at *path*.

        They own something beside it that git sets and that is as git says.

        Args:
            owner: a person or script that owns the field.
            path: the field.
            desired: what git has around it.
            live: what live has around it.
        """
        if not isinstance(desired, dict) or not isinstance(live, dict):
            return False
        return any(
            name != path[-1]
            and live.get(name) == value
            and owner in self.owners.of((*path[:-1], name))
            for name, value in desired.items()
        )


def is_person(owner: Attribution) -> bool:
    """Whether it is a person or script; whoever nobody knows is one."""
    return owner.manager_class is ManagerClass.PERSON


def last(owners: Iterable[Attribution]) -> Attribution | None:
    """Who wrote last; a person before an engine that holds the field as well."""
    return max(
        owners,
        key=lambda owner: (
            owner.manager_class is not ManagerClass.ENGINE,
            owner.changed_at or "",
        ),
        default=None,
    )
