"""What a schedule is made from, beside the fleet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edgeops.core.fleet.model import Fleet

STATE_FOLDER: Final = "/var/lib/edgeops"
"""Where the pod keeps what it remembers: the mount path of its volume."""

NOTIFY_SECRET: Final = "edgeops-notify"  # noqa: S105 - the name of an object
"""The Secret with the addresses of those who are told, a key each."""


class Deliver(StrEnum):
    """Where reports go."""

    VOLUME = "volume"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The flags of ``edgeops schedule``."""

    cron: str
    image: str = ""
    namespace: str = "edgeops"
    cluster: str | None = None
    """The cluster that is read; None for all."""

    git_secret: str | None = None
    deliver: Deliver = Deliver.VOLUME
    reports_branch: str = "edgeops-reports"
    shards: int = 1
    storage_class: str = ""
    kubeconfig_secret: str | None = None
    """The Secret whose key ``config`` is a kubeconfig; None reads the pod's own cluster."""

    alerts: bool = False


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
