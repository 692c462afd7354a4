"""
One API server over a connection that stays: requests, and streams of what changes.

As `edgeops.adapters.apiserver`, for many streams at a time in one thread.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx2
import stamina
from lightkube.config.client_adapter import ConnectionParams

from edgeops.adapters import apiserver, kubeconfig
from edgeops.adapters.apiserver import NO_ANSWER, RefusedError
from edgeops.core import documents
from edgeops.errors import LiveStateError

Stream = httpx2.AsyncClient
"""A connection of one event loop."""

_TIMEOUT = httpx2.Timeout(30, connect=6, pool=None)
# The server sends a bookmark about every minute: silence for longer is a dead connection.
# https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/956-watch-bookmark
_SILENCE = httpx2.Timeout(30, connect=6, read=150, pool=None)
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """An answer, and what the server calls this version of it."""

    body: Mapping[str, Any]
    tag: str


def opened(context: str | None, config_file: str | None) -> Stream:
    """
    A connection that its user closes; nothing is sent yet.

    Raises:
        LiveStateError: naming the context, if there is none of that name.
    """
    way = kubeconfig.access(context, config_file)
    try:
        parameters = ConnectionParams(timeout=_TIMEOUT, proxy=way.proxy)
        unlimited = httpx2.Limits(max_connections=None, max_keepalive_connections=8)
        return Stream(**parameters.httpx_params(way.config), limits=unlimited)
    except (*NO_ANSWER, AssertionError) as error:
        raise LiveStateError(f"{context}: {apiserver.words(error)}") from error


async def get(
    client: Stream,
    path: str,
    query: Mapping[str, str],
    accept: str,
    *,
    before: Tagged | None = None,
) -> Tagged:
    """
    One GET; *before* itself where the server says that nothing changed since.

    Raises:
        RefusedError: if the server says no.
        NO_ANSWER: if it does not answer.
    """
    headers = {"Accept": accept} | ({"If-None-Match": before.tag} if before else {})
    response = await client.get(path, params=dict(query), headers=headers)
    if response.status_code == _NOT_MODIFIED and before is not None:
        return before
    if response.status_code != httpx2.codes.OK:
        raise _refused(response)
    body = documents.load(response.content)
    if not isinstance(body, Mapping):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 - handled as one kind
    return Tagged(body=body, tag=response.headers.get("ETag", ""))


@contextlib.asynccontextmanager
async def followed(
    client: Stream, path: str, query: Mapping[str, str], accept: str
) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
    """
    The events of a watch; entered once the server agreed to send them.

    Raises:
        RefusedError: if the server says no.
        NO_ANSWER: if it does not answer, or falls silent.
    """
    headers = {"Accept": accept}
    async with client.stream(
        "GET", path, params=dict(query), headers=headers, timeout=_SILENCE
    ) as response:
        if response.status_code != httpx2.codes.OK:
            await response.aread()
            raise _refused(response)
        yield _events(response)


async def _events(response: httpx2.Response) -> AsyncIterator[Mapping[str, Any]]:
    async for line in response.aiter_lines():
        if line:
            event = documents.load(line)
            if not isinstance(event, Mapping) or not isinstance(event.get("object"), Mapping):
                raise ValueError("the server sent no event")
            yield event


def _refused(response: httpx2.Response) -> RefusedError:
    told = response.headers.get("Retry-After", "")
    wait = float(told) if told.isdigit() else None
    return RefusedError(response.status_code, apiserver.refusal(response), wait)


def again_and_again(
    passes: Callable[[Exception], bool], *, longest: float, told: Callable[[Exception], None]
) -> AsyncIterable[AbstractContextManager[Any]]:
    """
    Attempts without end, with growing pauses and jitter; as the server says where it does.

    Args:
        passes: whether what an attempt raised may be over the next time.
        longest: the longest pause in seconds.
        told: is told of each failure before the pause.
    """

    def after(error: Exception) -> bool | float:
        if not passes(error):
            return False
        told(error)
        wait = error.wait if isinstance(error, RefusedError) else None
        return True if wait is None else wait

    return stamina.retry_context(
        on=after,
        attempts=None,
        timeout=None,
        wait_initial=0.25,
        wait_max=longest,
        wait_jitter=1.0,
    )
