"""
One API server over a connection that stays: requests, and streams of what changes.

As `edgeops.adapters.apiserver`, for many streams at a time in one thread.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import stamina
from lightkube.config.client_adapter import verify_cluster

from edgeops.adapters import answers, apiserver, kubeconfig
from edgeops.adapters.answers import RefusedError
from edgeops.adapters.apiserver import HALF_A_PAIR, HEADERS, NO_ANSWER
from edgeops.adapters.credentials import Credentials
from edgeops.core import documents
from edgeops.errors import LiveStateError

Stream = httpx2.AsyncClient
"""A connection of one event loop."""

_TIMEOUT = httpx2.Timeout(30, connect=6, pool=None)
# The server sends a bookmark about every minute: silence for longer is a dead connection.
# https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/956-watch-bookmark
_SILENCE_SECONDS: Final = 150.0
_SILENCE = httpx2.Timeout(30, connect=6, read=_SILENCE_SECONDS, pool=None)
_WHOLE_SECONDS: Final = 60.0
"""For one answer as a whole, however it drips; and for a credential plugin."""

_MOST_PATIENCE: Final = 120.0
"""A server may ask for more, in seconds; it is asked again then all the same."""

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
        config = way.config
        assert config.user is not None
        return Stream(
            base_url=config.cluster.server,
            verify=verify_cluster(config.cluster, config.user, config.abs_file),
            proxy=way.proxy,
            headers=HEADERS,
            auth=_Entry(Credentials(config.user, _Patience())),
            timeout=_TIMEOUT,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=8),
        )
    except (*NO_ANSWER, AssertionError) as error:
        raise LiveStateError(f"{context}: {apiserver.words(error)}") from error
    except TypeError as error:
        raise LiveStateError(f"{context}: {HALF_A_PAIR}") from error


class _Patience:
    """With a credential plugin: the same each time, since a watch has no end."""

    def left(self) -> float:
        return _WHOLE_SECONDS

    def check(self) -> None:
        pass


class _Entry(httpx2.Auth):
    """Lets requests in by `Credentials`; a plugin or a file is waited for in another thread."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        header = await asyncio.to_thread(self._credentials.header)
        response = yield _let_in(request, header)
        if response.status_code == httpx2.codes.UNAUTHORIZED and self._credentials.renewable:
            header = await asyncio.to_thread(self._credentials.header, header)
            yield _let_in(request, header)


def _let_in(request: httpx2.Request, header: str | None) -> httpx2.Request:
    if header is not None:
        request.headers["Authorization"] = header
    return request


@contextlib.asynccontextmanager
async def _at_most(seconds: float, what: str) -> AsyncIterator[None]:
    """Bound the time of a block, and say so in words."""
    try:
        async with asyncio.timeout(seconds) as bound:
            yield
    except TimeoutError as error:
        if not bound.expired():
            raise
        raise TimeoutError(f"{what} within {seconds:g} seconds") from error


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
    async with (
        _at_most(_WHOLE_SECONDS, "no whole answer"),
        client.stream("GET", path, params=dict(query), headers=headers) as response,
    ):
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
    async with contextlib.AsyncExitStack() as stack:
        async with _at_most(_WHOLE_SECONDS, "no answer"):
            response = await stack.enter_async_context(
                client.stream("GET", path, params=dict(query), headers=headers, timeout=_SILENCE)
            )
            if response.status_code != httpx2.codes.OK:
                raise _refused(response, await _content(response))
        answers.check_encoding(response.headers)
        yield _events(response)


async def _events(response: httpx2.Response) -> AsyncIterator[Mapping[str, Any]]:
    lines = _lines(response)
    while True:
        # Bytes that drip are no sign of life: a whole event is, and there is one in each minute.
        async with _at_most(_SILENCE_SECONDS, "no event"):
            line = await anext(lines, None)
        if line is None:
            return
        try:
            event = documents.parse_json(line)
        except documents.DocumentError as error:
            raise answers.NoEventError(f"the server sent {error}") from error
        if not isinstance(event, Mapping):
            raise answers.NoEventError
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
    Attempts without end, with growing pauses and jitter; as the server says, within reason.

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
        return True if wait is None else min(wait, _MOST_PATIENCE)

    return stamina.retry_context(
        on=after,
        attempts=None,
        timeout=None,
        wait_initial=0.25,
        wait_max=longest,
        wait_jitter=1.0,
    )
