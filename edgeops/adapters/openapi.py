"""
Schemas from the server itself, for the kinds that the package has none of.

Only the documents of group versions that are needed are fetched, and each is kept in the
user's cache folder under the server, its version and the document's own hash. Whoever may use
discovery may read them (``system:discovery`` grants ``get`` on ``/openapi/*``).

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from edgeops.adapters import apiserver, user_cache
from edgeops.adapters.answers import RefusedError
from edgeops.core import documents, openapi
from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas
from edgeops.ports import Wanted

_ROOT = "/openapi/v3"
_NEVER = frozenset({403, 404})
_FORM = "1"
"""Changes with what `edgeops.core.openapi` makes of a document."""


def looked_up(wanted: Sequence[Wanted], found: Collection[KubeObject]) -> tuple[str, ...]:
    """The API versions without a schema of which there is an object to compare."""
    kinds = {(item.group, item.kind) for item in found}
    return tuple(
        sorted(
            {version for one in wanted if (one.group, one.kind) in kinds for version in one.unknown}
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a server says of the kinds that it was asked about."""

    schemas: Schemas | None = None
    notes: tuple[str, ...] = ()
    """On what it does not let us read."""

    failed: Mapping[str, str] = field(default_factory=dict)
    """By API version: why its schemas could not be read though they may be."""


def server_schemas(client: apiserver.Connection, api_versions: Sequence[str]) -> Told:
    """
    What the server says of all kinds of *api_versions*.

    A version that the server does not serve, or does not let us read, yields nothing: those
    kinds are compared by structure. One that could not be read this time cannot be compared.
    """
    if not api_versions:
        return Told()
    try:
        paths = _mapping(apiserver.get(client, _ROOT, {}, apiserver.JSON).get("paths"))
        if not paths:
            raise ValueError("the server names no OpenAPI documents")
    except (RefusedError, *apiserver.NO_ANSWER) as error:
        return _untold(api_versions, error)
    server = _server(client)
    schemas: Schemas | None = None
    notes: list[str] = []
    failed: dict[str, str] = {}
    for api_version in api_versions:
        path = f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"
        url = _mapping(paths.get(path)).get("serverRelativeURL")
        if not isinstance(url, str) or not url.startswith(f"{_ROOT}/"):
            continue
        try:
            data = _document(client, url, server)
        except (RefusedError, *apiserver.NO_ANSWER) as error:
            untold = _untold([api_version], error)
            notes += untold.notes
            failed |= untold.failed
            continue
        schemas = Schemas(data).joined(schemas)
    return Told(schemas=schemas, notes=tuple(notes), failed=failed)


def _untold(api_versions: Sequence[str], error: Exception) -> Told:
    if isinstance(error, RefusedError) and error.status in _NEVER:
        return Told(notes=(_note(api_versions, error),))
    return Told(failed=dict.fromkeys(api_versions, apiserver.words(error)))


def _document(client: apiserver.Connection, url: str, server: str) -> openapi.Data:
    parts = urlsplit(url)
    digest = "".join(parse_qs(parts.query).get("hash", ()))
    place = _place(server, url) if digest else None
    if place is not None and (kept := _kept(place)) is not None:
        return kept
    query = {"hash": digest} if digest else {}
    answer = apiserver.get(client, parts.path, query, apiserver.JSON)
    if not str(answer.get("openapi", "")).startswith("3."):
        raise ValueError("the answer is no OpenAPI document")
    made = openapi.served(answer)
    if place is not None:
        _keep(place, made)
    return made


def _server(client: apiserver.Connection) -> str:
    """
    The server and its version, empty where it does not tell.

    The address is in it so that no cluster can say what is true of another.
    """
    try:
        version = apiserver.get(client, "/version", {}, apiserver.JSON).get("gitVersion", "")
    except (RefusedError, *apiserver.NO_ANSWER):
        version = ""
    return f"{client.server} {version}"


def _place(server: str, url: str) -> Path | None:
    """The file in which a document is kept; None for a user without a home."""
    cache = user_cache.folder()
    if cache is None:
        return None
    name = hashlib.sha256(f"{_FORM}\n{server}\n{url}".encode()).hexdigest()
    return cache / "openapi" / f"{name}.json"


def _kept(place: Path) -> openapi.Data | None:
    """What was kept; None if there is nothing, or it is not what was written."""
    try:
        digest, _, text = place.read_bytes().partition(b"\n")
        if digest.decode(errors="replace") != hashlib.sha256(text).hexdigest():
            return None
        data: openapi.Data = documents.load(text)
    except (OSError, documents.DocumentError):
        return None
    return data


def _keep(place: Path, data: openapi.Data) -> None:
    """Write atomically, for the user's eyes only; a cache that cannot be written is none."""
    text = documents.dump_json(data).encode()
    with contextlib.suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            Path(scratch).replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(scratch).unlink()
            raise


def _note(api_versions: Sequence[str], error: Exception) -> str:
    return f"no schemas of {', '.join(api_versions)} from the server: {apiserver.words(error)}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
