"""The edge zones of a fleet, as a table or as the contract's ``ZoneList``."""

from typing import Any

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.fleet.model import ZoneState
from edgeops.core.nodes import ZoneList
from edgeops.report.document import API_VERSION
from edgeops.report.page import Page, columns


def render_zones(found: ZoneList, format_name: str, *, color: bool, width: int) -> str:
    """*found* as a text in the format ``table``, ``json`` or ``yaml``."""
    if format_name == "json":
        return dump_json(document(found))
    if format_name == "yaml":
        return dump_yaml(document(found))
    page = Page(color=color, width=width)
    looked = any(row.nodes is not None for row in found.zones)
    heads = ["ZONE", "TYPE", "PARENT", "CLUSTER", "NAMESPACE", "STAGE", *["NODES"] * looked]
    rows = [
        [
            row.zone,
            str(row.type),
            row.parent,
            row.cluster,
            row.namespace,
            str(row.stage),
            *[str(len(row.nodes or ()))] * looked,
        ]
        for row in found.zones
    ]
    lines = columns([heads, *rows])
    page.whole(lines[0], style="bold")
    for line, row in zip(lines[1:], found.zones, strict=True):
        page.whole(line, style="yellow" if row.stage is ZoneState.LEAVING else "")
    if found.proposed:
        page.blank()
        page.whole("These zones have nodes and no overlay:", style="bold")
        for cluster, place in found.proposed:
            kind = "" if place.type else " --type local-zone|wavelength-zone"
            page.whole(
                f"edgeops zone add {cluster.name}/{place.zone}{kind}   # {', '.join(place.nodes)}",
                indent=2,
            )
    return page.text()


def document(found: ZoneList) -> dict[str, Any]:
    """``status`` is ``Leaving`` while a zone is on its way out, else ``Active``."""
    leaving = any(row.stage is ZoneState.LEAVING for row in found.zones)
    return {
        "apiVersion": API_VERSION,
        "kind": "ZoneList",
        "status": "Leaving" if leaving else "Active",
        "zones": [
            {
                "cluster": row.cluster,
                "zone": row.zone,
                "type": str(row.type),
                "parent": row.parent,
                "namespace": row.namespace,
                "stage": str(row.stage),
                "nodes": None if row.nodes is None else list(row.nodes),
            }
            for row in found.zones
        ],
        "proposed": [
            {
                "cluster": cluster.name,
                "zone": place.zone,
                "type": None if place.type is None else str(place.type),
                "nodes": list(place.nodes),
            }
            for cluster, place in found.proposed
        ],
    }
