"""``edgeops routes`` as a Mermaid flowchart, which code reviews show as a picture."""

from collections.abc import Iterator

from edgeops.core.fleet.model import HUB, Fleet
from edgeops.core.routes.proof import Proof
from edgeops.report.routes_graph import Edge, Graph, Line, graphs
from edgeops.report.routes_words import names, verdict

_ARROW = {Line.NORMAL: "-->", Line.FAILOVER: "-.->", Line.BROKEN: "==x"}
_WORD = {Line.NORMAL: "normal", Line.FAILOVER: "failover", Line.BROKEN: "UNREACHABLE"}


def render_mermaid(fleet: Fleet, proof: Proof) -> str:
    """
    A flowchart: solid lines are normal routes, dotted ones failover, thick ones with a cross
    lead where they must not; each line says so in words too. Zones that are alike are one box.
    """
    lines = ["flowchart LR", f"  %% {verdict(proof)}"]
    for number, graph in enumerate(graphs(fleet, proof)):
        lines.append(f'  subgraph c{number}["{_text(graph.cluster)}"]')
        lines += [f"    {line}" for line in _lines(graph, f"c{number}")]
        lines.append("  end")
    return "\n".join(lines) + "\n"


def _lines(graph: Graph, prefix: str) -> Iterator[str]:
    hub = f"{prefix}hub"
    yield f'{hub}(("{HUB}{_gone(graph, HUB)}"))'
    boxes: dict[str, str] = {HUB: hub}
    groups = _groups(graph)
    for number, zones in enumerate(groups):
        box = f"{prefix}z{number}"
        boxes |= dict.fromkeys(zones, box)
        label = names(zones) if len(zones) == 1 else f"{len(zones)} zones alike: {names(zones)}"
        yield f'{box}["{_text(label)}{_gone(graph, zones[0])}"]'
    for zones in ([HUB], *groups):
        own = [edge for edge in graph.edges if edge.start == zones[0]]
        for edge in own:
            text = _text(f"{_WORD[edge.line]}: {', '.join(edge.calls)}")
            yield f'{boxes[edge.start]} {_ARROW[edge.line]}|"{text}"| {boxes[edge.end]}'
        if lost := graph.unanswered.get(zones[0]):
            nobody = f"{boxes[zones[0]]}nobody"
            yield f'{nobody}{{{{"nobody answers"}}}}'
            yield f'{boxes[zones[0]]} ==x|"{_text(", ".join(lost))}"| {nobody}'


def _groups(graph: Graph) -> list[list[str]]:
    """Spokes that look the same; one that something crosses to or from stands alone."""
    crossed = {
        zone for edge in graph.edges if edge.line is Line.BROKEN for zone in (edge.start, edge.end)
    }
    groups: dict[object, list[str]] = {}
    for zone in graph.spokes:
        looks = (
            tuple(_look(edge) for edge in graph.edges if edge.start == zone),
            graph.unanswered.get(zone),
            _gone(graph, zone),
            zone if zone in crossed else None,
        )
        groups.setdefault(looks, []).append(zone)
    return list(groups.values())


def _look(edge: Edge) -> tuple[str, Line, tuple[str, ...]]:
    return edge.end, edge.line, edge.calls


def _gone(graph: Graph, zone: str) -> str:
    lost = [name.partition("/")[2] for name in sorted(graph.gone) if name.startswith(f"{zone}/")]
    if zone in graph.gone:
        return " (GONE)"
    return f" (GONE: {_text(', '.join(lost))})" if lost else ""


def _text(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")
