"""What a change would do: the files as a tree, the objects zone by zone, or one document."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from edgeops.core.changes.model import Effect, ObjectChange, Plan, ZoneChange
from edgeops.report import changes, routes_document
from edgeops.report.inert import inert
from edgeops.report.page import Page
from edgeops.report.phrases import plural
from edgeops.report.routes_table import write_problem

_SHOWN: Final[Mapping[Effect, tuple[str, str, str]]] = {
    Effect.SAME: (" ", "dim", "same"),
    Effect.METADATA: ("~", "dim", "metadata only"),
    Effect.UPDATED: ("~", "yellow", "updated in place"),
    Effect.ROLLS: ("~", "magenta", "rolls its pods"),
    Effect.RECREATED: ("!", "bold red", "must be recreated"),
    Effect.APPEARS: ("+", "green", "appears"),
    Effect.PRUNED: ("-", "red", "pruned by the engine"),
    Effect.LEFT: ("=", "cyan", "left in the cluster"),
    Effect.CLASHES: ("!", "bold red", "clashes"),
}
"""Sign, style and words of each effect."""

_REMARKS: Final[Mapping[Effect, str]] = {
    Effect.RECREATED: "Kubernetes refuses the change of an immutable field, so the sync fails "
    "until the object is deleted by hand or the engine is told to force it (Argo CD: "
    "Replace=true,Force=true; Flux: kustomize.toolkit.fluxcd.io/force).",
    Effect.CLASHES: "What clashes is refused or fought over: rename one of the two first.",
}
_MOST_FIELDS: Final = 3


def document(plan: Plan) -> dict[str, Any]:
    """The plan as the contract's ``Plan`` document: files first, then objects, in `changes`."""
    told = changes.document(plan.result)
    files = [{"type": "file", **item} for item in told["changes"]]
    objects = [_entry(zone, change) for zone in plan.zones for change in zone.objects]
    zones = [
        {
            "cluster": zone.cluster,
            "zone": zone.zone,
            "objects": zone.same + len(zone.objects),
            **{_camel(effect): count for effect, count in _counts(zone).items()},
        }
        for zone in plan.zones
    ]
    routes = [routes_document.problem(item) for item in plan.routes]
    return {**told, "changes": [*files, *objects], "zones": zones, "routes": routes}


def _entry(zone: ZoneChange, change: ObjectChange) -> dict[str, Any]:
    return {
        "type": "object",
        "cluster": zone.cluster,
        "zone": zone.zone,
        "apiVersion": change.api_version,
        "kind": change.key.kind,
        "namespace": change.key.namespace or None,
        "name": change.key.name,
        "change": str(change.effect),
        "fields": list(change.fields),
        "reason": change.reason,
        "source": change.source,
    }


def _counts(zone: ZoneChange) -> dict[Effect, int]:
    found = Counter(change.effect for change in zone.objects)
    return {effect: zone.same if effect is Effect.SAME else found[effect] for effect in Effect}


def _camel(effect: Effect) -> str:
    first, *rest = str(effect).split("-")
    return first + "".join(word.capitalize() for word in rest)


def render_plan(plan: Plan, *, color: bool, width: int) -> str:
    """
    The files as a tree, then each zone with the objects that do not stay the same.

    Args:
        color: whether to colour the signs and words.
        width: columns of the terminal.
    """
    page = Page(color=color, width=width)
    _zones(page, plan.zones)
    quiet = sum(not zone.objects for zone in plan.zones)
    if 0 < quiet < len(plan.zones):
        page.blank()
        page.whole(f"Nothing changes in {plural(quiet, 'other place')}.")
    for effect, remark in _REMARKS.items():
        if plan.of(effect):
            page.blank()
            page.wrapped(remark)
    if plan.routes:
        page.blank()
        page.whole("Routes that this breaks:", style="bold red")
        for problem in plan.routes:
            write_problem(page, problem)
    return changes.render_tree(plan.result, color=color, width=width) + page.text()


def render_objects(plan: Plan, effects: Collection[Effect], *, color: bool, width: int) -> str:
    """Only the objects with one of *effects*, zone by zone; empty if there are none."""
    page = Page(color=color, width=width)
    _zones(
        page,
        [
            replace(zone, objects=tuple(item for item in zone.objects if item.effect in effects))
            for zone in plan.zones
        ],
    )
    return page.text()


def _zones(page: Page, zones: Iterable[ZoneChange]) -> None:
    for zone in zones:
        if not zone.objects:
            continue
        page.blank()
        counts = [
            f"{count} {_SHOWN[effect][2]}" for effect, count in _counts(zone).items() if count
        ]
        where = f"{zone.cluster}/{zone.zone}" if zone.zone else f"{zone.cluster}, of no zone"
        page.whole(f"{inert(where)}: {', '.join(counts)}", style="bold")
        names = [inert(f"{item.key.kind}/{item.key.name}") for item in zone.objects]
        widest = max(map(len, names))
        for name, change in zip(names, zone.objects, strict=True):
            sign, style, words = _SHOWN[change.effect]
            lead = f"{sign} {name:<{widest}}  {words}"
            page.whole(f"{lead}{_because(change)}", style=style, indent=2)


def _because(change: ObjectChange) -> str:
    if change.reason:
        return f": {inert(change.reason)}"
    if not change.fields:
        return ""
    shown = ", ".join(change.fields[:_MOST_FIELDS])
    more = len(change.fields) - _MOST_FIELDS
    return f": {inert(shown)}" + (f" and {more} more" if more > 0 else "")
