"""``edgeops schedule``: what runs ``edgeops drift`` elsewhere, and what runs there."""

import re
from typing import Any

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, say
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.schedule.settings import Deliver, Settings
from edgeops.errors import ConfigurationError, ExitStatus, Problem, RepositoryError
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


_IMAGE = click.option(
    "--image",
    required=True,
    metavar="IMAGE",
    help="A container image of edgeops, such as the project's Dockerfile makes; none is published.",
)
_SCHEDULE = click.option(
    "--schedule",
    "cron",
    metavar="CRON",
    type=_Cron(),
    default="*/15 * * * *",
    show_default=True,
    help="When, as cron writes it.",
)
_CLUSTER = click.option(
    "--cluster", "cluster_name", metavar="CLUSTER", help="Only this one; needed where several are."
)


@click.group(
    epilog="""\b
Example:
  edgeops schedule kubernetes --image registry.example.com/edgeops:0.1.0 | kubectl apply -f -
"""
)
@common
def schedule() -> None:
    """Print what runs the drift check on a schedule: in a cluster, in CI, or on a machine."""


@schedule.command(
    epilog="""\b
Examples:
  edgeops schedule kubernetes --image registry.example.com/edgeops:0.1.0 | kubectl apply -f -
  edgeops schedule kubernetes --image edgeops:0.1.0 --cluster edge-usw2 --schedule '@hourly'
"""
)
@common
@_IMAGE
@_CLUSTER
@_SCHEDULE
@click.option("--namespace", metavar="NAME", default="edgeops", show_default=True, help="Its own.")
@click.option(
    "--git-secret",
    metavar="NAME",
    help="Secret there with what clones the repository. Default: spec.repository.secretRef.",
)
@click.option(
    "--deliver",
    type=click.Choice([item.value for item in Deliver]),
    default=Deliver.VOLUME.value,
    show_default=True,
    help="Where reports go, besides to those whom spec.drift.notify lists.",
)
@click.option(
    "--reports-branch",
    metavar="BRANCH",
    default="edgeops-reports",
    show_default=True,
    help="Of the repository, for --deliver branch.",
)
@click.option("--storage-class", metavar="NAME", help="Of its volume. Default: spec.storageClass.")
@click.option(
    "--shards",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Pods among which the zones are divided: an Indexed Job.",
)
@click.option(
    "--kubeconfig-secret",
    metavar="NAME",
    help="Secret there whose key config is a kubeconfig: read the clusters of edgeops.yaml through "
    "it, not the pod's own.",
)
@click.option("--alerts", is_flag=True, help="Add a PrometheusRule.")
@click.pass_context
def kubernetes(
    context: click.Context,
    image: str,
    cluster_name: str | None,
    cron: str,
    namespace: str,
    git_secret: str | None,
    deliver: str,
    reports_branch: str,
    storage_class: str | None,
    shards: int,
    kubeconfig_secret: str | None,
    alerts: bool,
) -> ExitStatus:
    """
    Print a CronJob with all that it needs: account, rights, volume, network policy.

    It may list the kinds that git at HEAD makes a check read, and nothing else.
    """
    from edgeops.core.documents import dump_json, dump_yaml
    from edgeops.core.schedule import kubernetes as planning
    from edgeops.core.schedule.rights import rules
    from edgeops.usecases.schedule import reads

    chosen = output_format(context, MANIFEST_FORMATS)
    directory = options(context).directory
    fleet = _fleet(directory)
    cluster = _cluster(fleet, cluster_name, "a pod's account is for its own cluster")
    if cluster.engine_context != cluster.context and kubeconfig_secret is None:
        raise click.UsageError(
            f"the engine's objects of {cluster.name} live in another cluster (engineContext "
            f"{cluster.engine_context}), which the pod's account cannot read: name a kubeconfig "
            "with --kubeconfig-secret."
        )
    settings = Settings(
        cron=cron,
        image=image,
        namespace=namespace,
        cluster=cluster.name,
        git_secret=git_secret or fleet.repository.secret_ref,
        deliver=Deliver(deliver),
        reports_branch=reports_branch,
        shards=shards,
        storage_class=storage_class or fleet.storage_class,
        kubeconfig_secret=kubeconfig_secret,
        alerts=alerts,
    )
    schemas = wiring.schemas()
    found = reads(
        wiring.repository(directory),
        wiring.files(directory),
        wiring.builder(None),
        parse=wiring.parse_fleet,
        yielded=wiring.yielded_applications,
        cluster=cluster,
        schemas=schemas,
    )
    rights = rules(found, schemas)
    try:
        objects = planning.manifests(fleet, cluster, settings, rights)
    except ValueError as error:
        problem = Problem(path="metadata.name", message=str(error))
        raise ConfigurationError(CONFIG, [problem]) from error
    if chosen == "json":
        emit(context, dump_json({"apiVersion": "v1", "kind": "List", "items": objects}))
    else:
        emit(context, "---\n".join(dump_yaml(item) for item in objects))
    for remark in planning.remarks(fleet, settings, rights):
        say(context, f"edgeops: {remark}")
    return ExitStatus.OK


@schedule.command(
    "github-actions",
    epilog="""\b
Example:
  edgeops schedule github-actions --image registry.example.com/edgeops:0.1.0 \\
    --output-file .github/workflows/drift.yaml
""",
)
@common
@_IMAGE
@_CLUSTER
@_SCHEDULE
@click.pass_context
def github_actions(
    context: click.Context, image: str, cluster_name: str | None, cron: str
) -> ExitStatus:
    """Print a workflow: findings in code scanning, the report as job summary and file."""
    from edgeops.core.documents import dump_json, dump_yaml
    from edgeops.core.schedule.github import workflow

    chosen = output_format(context, MANIFEST_FORMATS)
    fleet = _fleet(options(context).directory)
    name = None if cluster_name is None else _cluster(fleet, cluster_name, "").name
    body = workflow(fleet, Settings(cron=cron, image=image, cluster=name))
    emit(context, dump_json(body) if chosen == "json" else dump_yaml(body, width=10_000))
    say(context, "edgeops: the repository's secret KUBECONFIG_DATA must hold a kubeconfig.")
    return ExitStatus.OK


@schedule.command(
    epilog="""\b
Examples:
  edgeops schedule systemd --unit service --output-file /etc/systemd/system/drift-shop.service
  edgeops schedule systemd --unit timer --output-file /etc/systemd/system/drift-shop.timer
"""
)
@common
@_CLUSTER
@click.option(
    "--unit",
    type=click.Choice(("both", "service", "timer")),
    default="both",
    show_default=True,
    help="Which file to print.",
)
@click.option(
    "--schedule",
    "calendar",
    metavar="CALENDAR",
    default="*:0/15",
    show_default=True,
    help="When, as systemd's OnCalendar= writes it.",
)
@click.option(
    "--program",
    metavar="PATH",
    default="/usr/local/bin/edgeops",
    show_default=True,
    help="Where edgeops is installed there.",
)
@click.pass_context
def systemd(
    context: click.Context, cluster_name: str | None, unit: str, calendar: str, program: str
) -> ExitStatus:
    """Print a hardened service that clones, checks and keeps reports, and its timer."""
    from edgeops.core.schedule.systemd import service, timer

    output_format(context, ("units",))
    if not calendar.isprintable():
        raise click.BadParameter("must be one line.", param_hint="'--schedule'")
    fleet = _fleet(options(context).directory)
    name = None if cluster_name is None else _cluster(fleet, cluster_name, "").name
    settings = Settings(cron="", cluster=name)
    parts = {
        "service": service(fleet, settings, program=program, calendar=calendar),
        "timer": timer(fleet, calendar=calendar),
    }
    emit(context, "\n".join(parts.values()) if unit == "both" else parts[unit])
    return ExitStatus.OK


def _fleet(directory: str) -> Fleet:
    text = wiring.files(directory).read(CONFIG)
    if text is None:
        raise RepositoryError(
            f"there is no {CONFIG} here: make one with 'edgeops init', or name its directory "
            "with -C."
        )
    return wiring.parse_fleet(text.decode(errors="replace"))


def _cluster(fleet: Fleet, name: str | None, why: str) -> Cluster:
    names = ", ".join(cluster.name for cluster in fleet.clusters)
    if name is None:
        if len(fleet.clusters) > 1:
            raise click.UsageError(f"{why}: say with --cluster which of {names}.")
        return fleet.clusters[0]
    found = next((cluster for cluster in fleet.clusters if cluster.name == name), None)
    if found is None:
        raise click.BadParameter(f"no cluster {name!r}; there are {names}.", param_hint="--cluster")
    return found


from edgeops.cli.scheduled import run  # noqa: E402 - the group is what it belongs to

schedule.add_command(run)
