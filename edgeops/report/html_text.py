"""What all parts of the HTML page share: the way of a text into it, its marks and its names."""

import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from edgeops.core.findings import Drift, Finding, SyncStatus
from edgeops.report.html_assets import assets
from edgeops.report.inert import inert
from edgeops.report.matrix import Level

MARK: Final = {
    Level.UNKNOWN: "?",
    Level.CRITICAL: "◆",
    Level.HIGH: "▲",
    Level.MEDIUM: "●",
    Level.LOW: "○",
    Level.SYNCED: "✓",
}
"""Each level has a shape of its own, so that none is told by its colour alone."""

VERDICT_LEVEL: Final = {
    SyncStatus.SYNCED: Level.SYNCED,
    SyncStatus.OUT_OF_SYNC: Level.HIGH,
    SyncStatus.UNKNOWN: Level.UNKNOWN,
}
"""The mark of a verdict."""

SIGN: Final = {
    Drift.MODIFIED: "≠",
    Drift.MISSING: "−",
    Drift.EXTRANEOUS: "+",
    Drift.NOT_IN_FORCE: "⊘",
}
"""What is written before the number of findings of a kind of drift."""

_FEW_WORDS: Final = {Drift.NOT_IN_FORCE: "not in force"}


def head(title: str, policy: str) -> Iterator[str]:
    """What every page begins with, up to its scripts; *title* is a text, *policy* is ours."""
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>'
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{text(title)}</title>"
    yield f"<style>{assets().style}</style>"


def text(value: str) -> str:
    """The only way of a text into the page: escaped, and nothing in it acts on the eye."""
    return escape(inert(value), quote=True)


def mark(level: Level) -> str:
    """The shape of *level*, which a screen reader passes over: the word stands beside it."""
    return f'<span class="mark" aria-hidden="true">{MARK[level]}</span>'


def hidden(words: str) -> str:
    """Words for screen readers only."""
    return f'<span class="sr">{text(words)}</span>'


def query(**wanted: str) -> str:
    """A filter as the page's address has it after the ``#``."""
    return "&".join(f"{name}={quote(inert(value), safe='')}" for name, value in wanted.items())


def drift_words(drift: Drift) -> str:
    """``missing``, ``not in force``."""
    return _FEW_WORDS.get(drift, drift.value.lower())


class Anchors:
    """
    The id of each finding in the page: from what it is about, so that links outlive a report.

    Two findings with one key get different ids, in the order of the report.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._ids: dict[int, str] = {}
        seen: set[str] = set()
        for finding in findings:
            key = finding.key
            parts = (finding.cluster, finding.zone, key.group, key.kind, key.namespace, key.name)
            path = "\0".join((*(part or "" for part in parts), finding.drift.value))
            digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
            name = digest[:10]
            number = 2
            while name in seen:
                name = f"{digest[:10]}-{number}"
                number += 1
            seen.add(name)
            self._ids[id(finding)] = f"finding-{name}"

    def of(self, finding: Finding) -> str:
        """The id of one of the findings that were given, the very same value."""
        return self._ids[id(finding)]
