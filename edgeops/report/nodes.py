"""What nodes need: a table, a document, node groups for eksctl, flags for the kubelet."""

from typing import Any

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.fleet.model import HUB
from edgeops.core.nodes import ZONE_LABEL, NodeNeeds, NodeReport
from edgeops.core.zones import ZoneType
from edgeops.report.document import API_VERSION
from edgeops.report.inert import inert
from edgeops.report.page import Page, columns
from edgeops.report.phrases import plural


def render_nodes(report: NodeReport, format_name: str, *, color: bool, width: int) -> str:
    """*report* in the format ``table``, ``json``, ``yaml``, ``eksctl`` or ``kubelet``."""
    match format_name:
        case "json":
            return dump_json(document(report))
        case "yaml":
            return dump_yaml(document(report))
        case "eksctl":
            return _eksctl(report)
        case "kubelet":
            return _kubelet(report)
        case _:
            return _table(report, color=color, width=width)


def _table(report: NodeReport, *, color: bool, width: int) -> str:
    page = Page(color=color, width=width)
    rows = [
        [
            need.cluster,
            need.zone,
            f"{ZONE_LABEL}={'|'.join(need.zones)}",
            ", ".join(map(str, need.taints)) or "none of these",
        ]
        for need in report.needs
    ]
    lines = columns([["CLUSTER", "ZONE", "LABEL", "TAINT"], *rows])
    page.whole(lines[0], style="bold")
    for line in lines[1:]:
        page.whole(line)
    if report.problems is None:
        return page.text()
    page.blank()
    if not report.problems:
        page.whole(f"{plural(report.read, 'node')} looked at: as their zones need them.")
    for problem in report.problems:
        where = f"{problem.cluster}/{problem.zone}" if problem.zone else problem.cluster
        page.whole(f"{inert(where)}: node {inert(problem.node)} {inert(problem.problem)}", "red")
        page.whole(inert(problem.remedy), indent=4)
    return page.text()


def document(report: NodeReport) -> dict[str, Any]:
    """``status`` is ``Fine``, ``Problems``, or ``NotChecked`` where no node was looked at."""
    status = "NotChecked"
    if report.problems is not None:
        status = "Problems" if report.problems else "Fine"
    return {
        "apiVersion": API_VERSION,
        "kind": "NodeNeeds",
        "status": status,
        "zones": [
            {
                "cluster": need.cluster,
                "zone": need.zone,
                "type": str(need.type),
                "labels": {ZONE_LABEL: list(need.zones)},
                "taints": [
                    {"key": taint.key, "value": taint.value, "effect": taint.effect}
                    for taint in need.taints
                ],
                "kubeletFlags": _flags(need),
            }
            for need in report.needs
        ],
        "problems": [
            {
                "cluster": problem.cluster,
                "zone": problem.zone,
                "node": problem.node,
                "problem": problem.problem,
                "remedy": problem.remedy,
            }
            for problem in report.problems or ()
        ],
    }


def _flags(need: NodeNeeds) -> list[str]:
    if not need.taints:
        return []
    taints = ",".join(map(str, need.taints))
    return [f"--node-labels={ZONE_LABEL}={need.zone}", f"--register-with-taints={taints}"]


def _kubelet(report: NodeReport) -> str:
    lines = []
    for need in report.needs:
        if flags := _flags(need):
            lines += [f"# {need.cluster}/{need.zone}", *flags]
    return "".join(f"{line}\n" for line in lines)


_EKSCTL = """\
# Node groups of edge zones, to put into the ClusterConfig of {cluster}; sizes and types are yours.
# nodeGroups, not managedNodeGroups: eksctl makes managed ones in Availability Zones alone.
# AWS sets the label, too; it is here for what registers nodes by itself.
"""
_WAVELENGTH = "# eksctl finds no subnet of a Wavelength Zone: write its id below `subnets`.\n"


def _eksctl(report: NodeReport) -> str:
    """One ClusterConfig for each cluster; the hub's node groups need nothing of ours."""
    texts = []
    for cluster in dict.fromkeys(need.cluster for need in report.needs):
        needs = [item for item in report.needs if item.cluster == cluster and item.zone != HUB]
        region = next(item.region for item in report.needs if item.cluster == cluster)
        head = _EKSCTL.format(cluster=cluster)
        if any(need.type is ZoneType.WAVELENGTH_ZONE for need in needs):
            head += _WAVELENGTH
        body = {
            "apiVersion": "eksctl.io/v1alpha5",
            "kind": "ClusterConfig",
            "metadata": {"name": cluster, "region": region},
            "nodeGroups": [_node_group(need) for need in needs],
        }
        texts.append(head + dump_yaml(body))
    return "---\n".join(texts)


def _node_group(need: NodeNeeds) -> dict[str, Any]:
    ids = [subnet for subnet in need.subnets if subnet.startswith("subnet-")]
    where: dict[str, Any] = {"localZones": [need.zone]}
    if need.type is ZoneType.WAVELENGTH_ZONE:
        where = {"subnets": ids or [f"subnet-of-{need.zone}"]}
    return {
        "name": need.zone,
        **where,
        "labels": {ZONE_LABEL: need.zone},
        "taints": [
            {"key": taint.key, "value": taint.value, "effect": taint.effect}
            for taint in need.taints
        ],
    }
