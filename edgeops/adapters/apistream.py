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

from edgeops.adapters import answers, apiserver, kubeconfig
from edgeops.adapters.answers import RefusedError
from edgeops.adapters.apiserver import NO_ANSWER
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
    async with client.stream("GET", path, params=dict(query), headers=headers) as response:
        if response.status_code == _NOT_MODIFIED and before is not None:
            return before
        body = await _content(response)
        if response.status_code != httpx2.codes.OK:
            raise _refused(response, body)
        found = answers.parsed(body, response.headers, typed=not path.startswith("/openapi/"))
        return Tagged(body=found, tag=response.headers.get("ETag", ""))


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
            raise _refused(response, await _content(response))
        answers.check_encoding(response.headers)
        yield _events(response)


async def _events(response: httpx2.Response) -> AsyncIterator[Mapping[str, Any]]:
    async for line in _lines(response):
        event = documents.parse_json(line)
        if not isinstance(event, Mapping) or not isinstance(event.get("object"), Mapping):
            raise ValueError("the server sent no event")  # noqa: TRY004 - as NO_ANSWER
        yield event


async def _lines(response: httpx2.Response) -> AsyncIterator[bytes]:
    rest = bytearray()
    async for chunk in response.aiter_bytes():
        rest += chunk
        if b"\n" in chunk:
            *lines, last = rest.split(b"\n")
            rest = bytearray(last)
            for line in lines:
                if line:
                    yield bytes(line)
        if len(rest) > answers.MOST_BYTES:
            raise answers.TooLargeError


async def _content(response: httpx2.Response) -> bytes:
    answers.check_encoding(response.headers)
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > answers.MOST_BYTES:
            raise answers.TooLargeError
    return bytes(body)


def _refused(response: httpx2.Response, body: bytes) -> RefusedError:
    return answers.refusal(response.status_code, response.reason_phrase, body, response.headers)


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
