"""
What tests count about faults and hostile input, kept for `scripts.reliability`.

With ``EDGEOPS_RELIABILITY=DIR`` each section is a file there, one of each process: their rows
are added up by `scripts.reliability`.
"""

import json
import os
from pathlib import Path


def record(section: str, what: str, tried: int, wrong: int, note: str = "") -> None:
    """
    Keep one row of a section; a row of the same name is replaced.

    Args:
        tried: how many times.
        wrong: how many of them did not end as they should.
    """
    folder = os.environ.get("EDGEOPS_RELIABILITY")
    if not folder:
        return
    file = Path(folder, f"{section}.{os.getpid()}.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = json.loads(file.read_text())["rows"] if file.exists() else []
    row = {"what": what, "tried": tried, "wrong": wrong, "note": note}
    rows = sorted([*(item for item in rows if item["what"] != what), row], key=_what)
    file.write_text(json.dumps({"section": section, "rows": rows}, indent=2) + "\n")


def _what(row: dict[str, object]) -> str:
    return str(row["what"])
