"""``edgeops schedule kubernetes``: the CronJob that checks, or the Deployment that watches."""

from datetime import timedelta

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, say
from edgeops.cli.scheduling import (
    CLUSTER,
    IMAGE,
    MANIFEST_FORMATS,
    SCHEDULE,
    cluster_named,
    fleet_in,
)
from edgeops.cli.spans import Span
from edgeops.core.schedule.settings import Deliver, Settings, Watching
from edgeops.errors import ConfigurationError, ExitStatus, Problem
from edgeops.usecases.desired import CONFIG


@click.command(
    epilog="""\b
Examples:
  edgeops schedule kubernetes --image registry.example.com/edgeops:0.1.0 | kubectl apply -f -
  edgeops schedule kubernetes --image edgeops:0.1.0 --cluster edge-usw2 --schedule '@hourly'
  edgeops schedule kubernetes --image edgeops:0.1.0 --watch --alerts
"""
)
@common
@IMAGE
@CLUSTER
@SCHEDULE
@click.option(
    "--watch", "watched", is_flag=True, help="A Deployment that watches, instead of a CronJob."
)
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
@click.option(
    "--storage-class",
    metavar="NAME",
    help="Of its volume. Default: spec.storageClass; with --watch, none: history is the pod's own.",
)
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
@click.option(
    "--fetch-every",
    metavar="SPAN",
    type=Span(),
    default="1m",
    show_default=True,
    help="With --watch: how often it fetches.",
)
@click.option(
    "--token-secret",
    metavar="NAME",
    default="edgeops-token",
    show_default=True,
    help="With --watch: the Secret there whose key token its readers must show.",
)
@click.option(
    "--hook-secret",
    metavar="NAME",
    help="With --watch: the Secret there whose key token signs webhooks; without it, none come in.",
)
@click.option(
    "--alerts", is_flag=True, help="Add a PrometheusRule; with --watch a ServiceMonitor, too."
)
@click.pass_context
def kubernetes(
    context: click.Context,
    image: str,
    cluster_name: str | None,
    cron: str,
    watched: bool,
    namespace: str,
    git_secret: str | None,
    deliver: str,
    reports_branch: str,
    storage_class: str | None,
    shards: int,
    kubeconfig_secret: str | None,
    fetch_every: timedelta,
    token_secret: str,
    hook_secret: str | None,
    alerts: bool,
) -> ExitStatus:
    """
    Print a CronJob with all that it needs: account, rights, volume, network policy.

    With --watch, a Deployment and its Service instead. It may list (and watch) the kinds that git
    at HEAD makes a check read, and nothing else.
    """
    from edgeops.core.documents import dump_json, dump_yaml
    from edgeops.core.schedule import kubernetes as planning
    from edgeops.core.schedule.rights import rules
    from edgeops.usecases.schedule import reads

    chosen = output_format(context, MANIFEST_FORMATS)
    _refuse_foreign_flags(context, watched=watched)
    directory = options(context).directory
    fleet = fleet_in(directory)
    cluster = cluster_named(fleet, cluster_name, "a pod's account is for its own cluster")
    if cluster.engine_context != cluster.context and kubeconfig_secret is None:
        raise click.UsageError(
            f"the engine's objects of {cluster.name} live in another cluster (engineContext "
            f"{cluster.engine_context}), which the pod's account cannot read: name a kubeconfig "
            "with --kubeconfig-secret."
        )
    watching = Watching(token_secret=token_secret, hook_secret=hook_secret, fetch_every=fetch_every)
    kept = storage_class or ("" if watched else fleet.storage_class)
    settings = Settings(
        cron=cron,
        image=image,
        namespace=namespace,
        cluster=cluster.name,
        git_secret=git_secret or fleet.repository.secret_ref,
        deliver=Deliver(deliver),
        reports_branch=reports_branch,
        shards=shards,
        storage_class=kept,
        kubeconfig_secret=kubeconfig_secret,
        alerts=alerts,
        watching=watching if watched else None,
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
    rights = rules(found, schemas, watched=watched)
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


_OF_CHECKS = ("cron", "deliver", "reports_branch", "shards")
_OF_A_WATCH = ("fetch_every", "token_secret", "hook_secret")


def _refuse_foreign_flags(context: click.Context, *, watched: bool) -> None:
    for name in _OF_CHECKS if watched else _OF_A_WATCH:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            flag = "--schedule" if name == "cron" else f"--{name.replace('_', '-')}"
            raise click.UsageError(
                f"{flag} is for a CronJob: it cannot stand with --watch."
                if watched
                else f"{flag} is for --watch."
            )
