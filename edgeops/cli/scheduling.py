"""Flags that the commands of ``edgeops schedule`` share, and the fleet that they are about."""

import re
from typing import Any

import click

from edgeops import wiring
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.errors import RepositoryError
from edgeops.usecases.desired import CONFIG

MANIFEST_FORMATS = ("yaml", "json")

_FIELD = r"[0-9*/,A-Za-z-]+"
_CRON = re.compile(
    rf"{_FIELD}( {_FIELD}){{4}}|@(hourly|daily|weekly|monthly|yearly|annually|midnight)"
)


class _Cron(click.ParamType[str]):
    """Five fields, as cron has them."""

    name = "cron"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _CRON.fullmatch(str(value)):
            self.fail(f"{value!r} is no schedule such as '*/15 * * * *'.", param, ctx)
        return str(value)


IMAGE = click.option(
    "--image",
    required=True,
    metavar="IMAGE",
    help="A container image of edgeops, such as the project's Dockerfile makes; none is published.",
)
SCHEDULE = click.option(
    "--schedule",
    "cron",
    metavar="CRON",
    type=_Cron(),
    default="*/15 * * * *",
    show_default=True,
    help="When, as cron writes it.",
)
CLUSTER = click.option(
    "--cluster", "cluster_name", metavar="CLUSTER", help="Only this one; needed where several are."
)


def fleet_in(directory: str) -> Fleet:
    """The fleet of the ``edgeops.yaml`` in a directory; raises EdgeopsError."""
    text = wiring.files(directory).read(CONFIG)
    if text is None:
        raise RepositoryError(
            f"there is no {CONFIG} here: make one with 'edgeops init', or name its directory "
            "with -C."
        )
    return wiring.parse_fleet(text.decode(errors="replace"))


def cluster_named(fleet: Fleet, name: str | None, why: str) -> Cluster:
    """
    The cluster of that name; without one, the only one.

    Raises:
        click.UsageError: if there is none of that name, or there are several; with *why* one must
            be named.
    """
    names = ", ".join(cluster.name for cluster in fleet.clusters)
    if name is None:
        if len(fleet.clusters) > 1:
            raise click.UsageError(f"{why}: say with --cluster which of {names}.")
        return fleet.clusters[0]
    found = next((cluster for cluster in fleet.clusters if cluster.name == name), None)
    if found is None:
        raise click.BadParameter(f"no cluster {name!r}; there are {names}.", param_hint="--cluster")
    return found
