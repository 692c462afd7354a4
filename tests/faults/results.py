"""
Counts of what was tried and what went wrong, for ``docs/reliability.md``.

Where ``EDGEOPS_RELIABILITY`` names a folder, each section becomes a file there::

    {"section": "...", "rows": [{"what": "...", "tried": 1, "wrong": 0, "note": ""}]}

Several processes may add to one section; their rows are added up by `scripts.reliability`.
"""

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path


class Results:
    """What was counted in one run of the tests."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, list[int]]] = defaultdict(dict)
        self._notes: dict[tuple[str, str], str] = {}

    def count(
        self,
        section: str,
        what: str,
        wrong: Sequence[object] | int = (),
        *,
        tried: int = 1,
        note: str = "",
    ) -> None:
        """Count *tried* trials of a kind, and how many things were wrong with them."""
        row = self._rows[section].setdefault(what, [0, 0])
        row[0] += tried
        row[1] += wrong if isinstance(wrong, int) else len(wrong)
        if note:
            self._notes[section, what] = note

    def write(self) -> None:
        """One file a section, where a folder for them is named."""
        folder = os.environ.get("EDGEOPS_RELIABILITY")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        for section, rows in self._rows.items():
            listed = [
                {
                    "what": what,
                    "tried": tried,
                    "wrong": wrong,
                    "note": self._notes.get((section, what), ""),
                }
                for what, (tried, wrong) in rows.items()
            ]
            name = f"{section.replace(' ', '-')}.{os.getpid()}.json"
            text = json.dumps({"section": section, "rows": listed}, indent=1)
            (Path(folder) / name).write_text(text + "\n", encoding="utf-8")
