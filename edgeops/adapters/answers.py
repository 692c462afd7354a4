"""
What an API server answered, taken only if it is what was asked for.

An answer that is cut off, too large, of another type or about something else is no answer: it
must never read as "there are no such objects".
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from edgeops.core import documents
from edgeops.core.objects import JsonObject

MOST_BYTES = 32 * 2**20
"""Of one answer, unpacked. A page of 500 objects has a few MiB; larger pages are asked smaller."""

_SHOWN_CHARACTERS = 400
_KNOWN_ENCODINGS = frozenset({"", "identity", "gzip"})


class TooLargeError(ValueError):
    """An answer has more than `MOST_BYTES`."""

    def __init__(self) -> None:
        super().__init__(f"the answer has more than {MOST_BYTES // 2**20} MiB")


class NoEventError(ValueError):
    """A line of a watch is no event: nothing after it can be relied on."""

    def __init__(self, message: str = "the server sent no event") -> None:
        super().__init__(message)


class RefusedError(Exception):
    """The API server answered, and the answer is no."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        details: JsonObject | None = None,
        wait: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.details: JsonObject = details or {}
        """The server's own ``Status``; empty if what answered was something else."""

        self.wait = wait
        """After how many seconds to ask again, if the server says."""

    def says_absent(self, name: str) -> bool:
        """
        Whether the API server itself says that there is no object of that name.

        A 404 of a proxy, or for a path that is not served, says nothing about an object.
        """
        details = self.details.get("details")
        return (
            self.status == 404
            and self.details.get("reason") == "NotFound"
            and isinstance(details, Mapping)
            and details.get("name") == name
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list."""

    items: Sequence[JsonObject]
    token: str
    """Where the list goes on; empty at its end."""

    version: str
    """Of the state that the page is a part of; empty where the server does not tell."""


def check_encoding(headers: Mapping[str, str]) -> None:
    """Refuse what unpacks beyond measure; raises ValueError."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in _KNOWN_ENCODINGS:
        raise ValueError(f"the answer is packed in a way that was not asked for: {encoding:.40}")


def parsed(body: bytes, headers: Mapping[str, str], *, typed: bool = True) -> JsonObject:
    """
    The JSON object of an answer.

    Args:
        typed: whether the server is known to say that it is JSON; of the list of OpenAPI
            documents it leaves that to be guessed.

    Raises:
        ValueError: in words, none of which is the answer's own content.
    """
    content = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content not in ({"application/json"} if typed else {"application/json", "text/plain"}):
        raise ValueError(f"the answer is no JSON but {content[:60] or 'of no type'}")
    try:
        answer = documents.parse_json(body)
    except documents.DocumentError as error:
        raise ValueError(f"the answer is {error}") from error
    if not isinstance(answer, Mapping):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 - handled as one kind
    return answer


def refusal(status: int, phrase: str, body: bytes, headers: Mapping[str, str]) -> RefusedError:
    """What an answer that is no success says."""
    head = f"{status} {phrase}".strip()
    details: JsonObject = {}
    with contextlib.suppress(ValueError):
        found = parsed(body, headers)
        details = found if found.get("kind") == "Status" else {}
    message = details.get("message")
    text = f"{head}: {_line(message)}" if isinstance(message, str) and message else _line(head)
    return RefusedError(
        status, text, details=details, wait=_seconds(headers.get("retry-after", ""))
    )


def page(answer: JsonObject, api_version: str, *, whole: bool) -> Page:
    """
    A page of the kind of list that was asked for.

    Args:
        whole: whether objects were asked for, and not their metadata alone.

    Raises:
        ValueError: if it is something else, or its objects are none.
    """
    kind = str(answer.get("kind"))
    metadata_only = kind == "PartialObjectMetadataList"
    fits = kind.endswith("List") and not (whole and metadata_only)
    if not fits or (not metadata_only and answer.get("apiVersion") != api_version):
        raise ValueError("the answer is not the list that was asked for")
    head, items = answer.get("metadata"), answer.get("items", "none")
    items = [] if items is None else items
    if not isinstance(head, Mapping) or not isinstance(items, list):
        raise ValueError("the answer is a list without its parts")  # noqa: TRY004 - one kind
    for item in items:
        metadata = item.get("metadata") if isinstance(item, Mapping) else None
        if not isinstance(metadata, Mapping) or not _named(metadata):
            raise ValueError("the answer lists something that is no object")
    token, version = head.get("continue") or "", head.get("resourceVersion") or ""
    if not isinstance(token, str) or not isinstance(version, str):
        raise ValueError("the answer is a list without its parts")  # noqa: TRY004 - one kind
    return Page(items=items, token=token, version=version)


def the_object(answer: JsonObject, kind: str, name: str, *, whole: bool = True) -> JsonObject:
    """
    The one object that was asked for; where not the *whole* of it is wanted, perhaps its metadata.

    Raises:
        ValueError: if it is another.
    """
    metadata = answer.get("metadata")
    named = isinstance(metadata, Mapping) and metadata.get("name") == name
    kinds = {kind} if whole else {kind, "PartialObjectMetadata"}
    if not named or answer.get("kind") not in kinds:
        raise ValueError("the answer is not the object that was asked for")
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a watch."""

    type: str
    object: JsonObject
    version: str
    """From where a watch can go on after it."""


_ABOUT_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})


def event(line: JsonObject, kind: str, api_version: str, *, whole: bool) -> Event:
    """
    An event about an object of the kind that is watched, or a bookmark.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks

    Args:
        whole: whether objects were asked for, and not their metadata alone.

    Raises:
        RefusedError: if it is an ``ERROR``.
        NoEventError: if it is something else.
    """
    told, body = str(line.get("type")), line.get("object")
    if not isinstance(body, Mapping):
        raise NoEventError
    if told == "ERROR":
        raise _error_event(body)
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping):
        raise NoEventError
    version = metadata.get("resourceVersion")
    if not isinstance(version, str) or not version:
        raise NoEventError
    if told in _ABOUT_OBJECTS:
        served = (body.get("kind"), body.get("apiVersion")) == (kind, api_version)
        bare = not whole and body.get("kind") == "PartialObjectMetadata"
        if not (served or bare) or not _named(metadata):
            raise NoEventError("the server sent an event about something else")
    elif told != "BOOKMARK":
        raise NoEventError
    return Event(type=told, object=body, version=version)


def _error_event(status: JsonObject) -> RefusedError:
    code, message, details = (status.get(name) for name in ("code", "message", "details"))
    number = code if isinstance(code, int) else 0
    text = _line(message) if isinstance(message, str) and message else "the watch failed"
    wait = details.get("retryAfterSeconds") if isinstance(details, Mapping) else None
    return RefusedError(
        number,
        f"{number} {text}" if number else text,
        wait=float(wait) if isinstance(wait, int) and 0 < wait < 1e6 else None,
    )


def _named(metadata: Mapping[str, Any]) -> bool:
    place = metadata.get("namespace", "")
    return (
        bool(metadata.get("name")) and isinstance(metadata["name"], str) and isinstance(place, str)
    )


def _seconds(text: str) -> float | None:
    """``Retry-After``: seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3"""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _line(text: str) -> str:
    """One line of bounded length, without what steers a terminal."""
    line = "".join(
        character if character.isprintable() else " " for character in text[: 4 * _SHOWN_CHARACTERS]
    )
    line = " ".join(line.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS] + "…"
