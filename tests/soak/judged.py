"""What a report claims, held against the truth."""

from typing import Any

Body = dict[str, Any]


def wrong_claims(told: Body, truth: Body) -> list[str]:
    """
    Everything that a report says and that is not so; what it calls unknown claims nothing.

    Args:
        told: the document of a report.
        truth: that of a check without faults, of the same state.
    """
    if told["repository"]["revision"] != truth["repository"]["revision"]:
        named = any(gap["what"].startswith("revision ") for gap in told["unread"])
        return [] if named else ["it is of another revision"]
    rows = {_row(row): row for row in truth["zones"]}
    right = {_finding(one): one for one in truth["findings"]}
    wrong = [
        f"row: {row} is {rows.get(_row(row))}"
        for row in told["zones"]
        if row != rows.get(_row(row)) and not _is_unknown(row)
    ]
    known = {_row(row) for row in told["zones"] if not _is_unknown(row)}
    found = {_finding(one): one for one in told["findings"]}
    for key, one in found.items():
        if one != right.get(key):
            wrong.append(f"invented: {one} is {right.get(key)}")
    wrong += [
        f"lost: {one}" for key, one in right.items() if key not in found and _row(one) in known
    ]
    if set(rows) != {_row(row) for row in told["zones"]}:
        wrong.append("it has other zones")
    return wrong


def _row(one: Body) -> tuple[str, str]:
    return one["cluster"], one["zone"]


def _finding(one: Body) -> tuple[str, ...]:
    names = ("cluster", "zone", "kind", "namespace", "name", "drift")
    return tuple(str(one[name]) for name in names)


def _is_unknown(row: Body) -> bool:
    return bool(row["status"] == "Unknown")
