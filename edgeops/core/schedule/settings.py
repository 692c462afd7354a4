"""What a schedule is made from, beside the fleet."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from edgeops.core.fleet.model import Fleet

STATE_FOLDER: Final = "/var/lib/edgeops"
"""Where the pod keeps what it remembers: the mount path of its volume."""

STATE_CLAIM: Final = "edgeops-state"
"""The PersistentVolumeClaim of the checks."""

NOTIFY_SECRET: Final = "edgeops-notify"  # noqa: S105 - the name of an object
"""The Secret with the addresses of those who are told, a key each."""


class Deliver(StrEnum):
    """Where reports go."""

    VOLUME = "volume"
    BRANCH = "branch"


PORT: Final = 9477
"""Where a watch is asked; its default for ``--listen`` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What a watch is told beside what a check is told."""

    token_secret: str
    """The Secret whose key ``token`` is what its readers must show."""

    hook_secret: str | None = None
    """The Secret whose key ``token`` is what webhooks are signed with; None takes none."""

    fetch_every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The flags of ``edgeops schedule``."""

    cron: str = ""
    image: str = ""
    namespace: str = "edgeops"
    cluster: str | None = None
    """The cluster that is read; None for all."""

    git_secret: str | None = None
    deliver: Deliver = Deliver.VOLUME
    reports_branch: str = "edgeops-reports"
    shards: int = 1
    storage_class: str = ""
    """Of the claim that keeps history and reports; empty, a watch keeps them in its pod."""

    kubeconfig_secret: str | None = None
    """The Secret whose key ``config`` is a kubeconfig; None reads the pod's own cluster."""

    alerts: bool = False
    watching: Watching | None = None
    """None for checks at times."""


def arguments(fleet: Fleet, settings: Settings, *, state: str, git: str | None) -> list[str]:
    """
    The arguments of ``edgeops`` that do one check.

    Args:
        state: the folder for history and reports.
        git: the folder with the credentials for the repository; None without any.
    """
    source = fleet.repository
    words = ["schedule", "run", "--url", source.url, "--branch", source.branch]
    if source.path != ".":
        words += ["--path", source.path]
    if git is not None:
        words += ["--git-credentials", git]
    if settings.cluster is not None:
        words += ["--cluster", settings.cluster]
    if settings.shards > 1:
        words += ["--shards", str(settings.shards)]
    words += ["--history", f"{state}/history.sqlite"]
    if settings.deliver is Deliver.VOLUME:
        words += ["--reports", f"{state}/reports"]
    else:
        words += ["--reports-branch", settings.reports_branch]
    if fleet.drift.notify:
        words.append("--notify")
    return words
