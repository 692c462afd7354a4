"""The formats of ``edgeops routes`` by name."""

from collections.abc import Callable, Mapping
from typing import Final

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.fleet.model import Fleet
from edgeops.core.routes.proof import Proof
from edgeops.report.inert import inert_json
from edgeops.report.routes_document import document
from edgeops.report.routes_mermaid import render_mermaid
from edgeops.report.routes_svg import render_svg
from edgeops.report.routes_table import render_table

_PICTURES: Final[Mapping[str, Callable[[Fleet, Proof], str]]] = {
    "json": lambda fleet, proof: inert_json(dump_json(document(fleet, proof))),
    "yaml": lambda fleet, proof: dump_yaml(document(fleet, proof)),
    "svg": render_svg,
    "mermaid": render_mermaid,
}


def render(fleet: Fleet, proof: Proof, format_name: str, *, color: bool, width: int) -> str:
    """
    *proof* as a text in one of the formats ``table``, ``json``, ``yaml``, ``svg``, ``mermaid``.

    Only the table looks at *color* and *width* (columns of the terminal).
    """
    if format_name == "table":
        return render_table(fleet, proof, color=color, width=width)
    return _PICTURES[format_name](fleet, proof)
