"""``docs/benchmarks-watch.md``: what a watch took, and how it stands to the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_HEAD = """\
# Benchmarks of `edgeops watch`

`make bench-watch` wrote this page. Nothing here is a promise. A real API server holds HashiCups on
Consul Enterprise, applied server-side as Flux does it; no controllers run. A process of its own
watches all of it. Then labels of Deployments, Services, ServiceAccounts and ConfigMaps, drawn at
random, are edited one after the other as by hand.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was measured of one watch."""

    zones: int
    objects: int
    first: float
    """Seconds from the start to the first report."""

    idle: float
    idle_processor: float
    """Seconds of all cores in the seconds of the idle stretch."""

    idle_requests: Mapping[str, int]
    """What the API server was asked in it, by verb."""

    latencies: Sequence[float]
    """Seconds from the answer of a write to the line that tells of it, sorted."""

    took: float
    processor: float
    """Seconds in which all changes were made, and of the processor in them."""

    compared: int
    lists: int
    """Objects compared and LISTs sent for the changes."""

    memory: tuple[float, float, float, float]
    """MiB after the first report, after half of the changes, at the end, and at most."""

    agrees: bool
    """Whether a fresh check said the same in the end."""


def page(machine: Mapping[str, str], found: Watched) -> str:
    """The page, in Markdown."""
    changes = len(found.latencies)
    first, half, last, most = found.memory
    asked = ", ".join(f"{count} {verb}" for verb, count in found.idle_requests.items()) or "nothing"
    hour = found.idle_processor * 3600 / found.idle
    rows = (
        ("zones, objects", f"{found.zones:,}, {found.objects:,}", ""),
        ("first report after", f"{found.first:.1f} s", ""),
        ("changes", f"{changes:,} in {found.took:.0f} s", ""),
        ("told after, p50", _seconds(found.latencies, 0.5), ""),
        ("told after, p90", _seconds(found.latencies, 0.9), ""),
        ("told after, p99", _seconds(found.latencies, 0.99), "1 s"),
        ("told after, at most", _seconds(found.latencies, 1), ""),
        ("objects compared for each change", f"{found.compared / changes:.2f}", "1"),
        ("LISTs for all changes", str(found.lists), "0"),
        ("processor for each change", f"{1000 * found.processor / changes:.0f} ms", ""),
        (f"requests in {found.idle:.0f} idle seconds", asked, "no list"),
        (
            "processor of an idle hour",
            f"{hour:.1f} s ({hour / 36:.2f} % of a core)",
            "next to none",
        ),
        ("memory after the first report", f"{first:.0f} MiB", ""),
        ("memory after half of the changes", f"{half:.0f} MiB", ""),
        ("memory after all", f"{last:.0f} MiB", "flat"),
        ("memory at most", f"{most:.0f} MiB", ""),
        ("a fresh check then says the same", "yes" if found.agrees else "NO", "yes"),
    )
    lines = [
        _HEAD,
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in machine.items()),
        "",
        "| | measured | target |",
        "|---|---:|---:|",
        *(f"| {what} | {value} | {target} |" for what, value, target in rows),
        "",
        "*Told after* is the time from the API server's answer to the write to the line on stdout.",
        "Watches are asked for four to eight minutes, and begun anew: those are the requests of an",
        "idle stretch, and two conditional GETs every half minute.",
    ]
    return "\n".join(lines) + "\n"


def _seconds(ordered: Sequence[float], share: float) -> str:
    return f"{ordered[min(len(ordered) - 1, int(len(ordered) * share))]:.3f} s"
