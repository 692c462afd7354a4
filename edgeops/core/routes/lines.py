"""The line of a field: a problem names its object, a person wants the place in the file."""

from edgeops.core.documents import DocumentError, lines_of


def field_line(text: str, start: int, field: str) -> int:
    """
    The line of *field* in the document that begins at line *start* (1-based) of *text*.

    That of the nearest field above it where the document does not have it: a patch may have
    brought it. *start* where the document cannot be read.
    """
    lines = text.splitlines()
    body: list[str] = []
    for line in lines[start - 1 :]:
        if line.rstrip() == "---" and body:
            break
        body.append(line)
    try:
        found = lines_of("\n".join(body))
    except DocumentError:
        return start
    path = field
    while path:
        if path in found:
            return start + found[path] - 1
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return start
