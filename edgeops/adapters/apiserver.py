"""
One API server: how it is reached, what it serves, one request and its answer.

The one door to the Kubernetes client. lightkube reads kubeconfig and makes of it what TLS
needs; the requests are plain HTTP, because its typed models would drop what they do not know.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import ssl
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import stamina
from lightkube.config.client_adapter import verify_cluster
from lightkube.core.exceptions import ConfigError

from edgeops import __version__
from edgeops.adapters import answers, discovery, kubeconfig
from edgeops.adapters.answers import RefusedError
from edgeops.adapters.credentials import Credentials
from edgeops.adapters.deadline import Deadline
from edgeops.adapters.discovery import Discovery
from edgeops.core import documents
from edgeops.errors import LiveStateError

JSON = "application/json"
HEADERS: Final = {"Accept-Encoding": "gzip", "User-Agent": f"edgeops/{__version__}"}
HALF_A_PAIR: Final = "the kubeconfig's user is not whole."
"""Said of a certificate without its key: lightkube hands it to ssl as it is."""

NO_ANSWER = (httpx2.HTTPError, httpx2.InvalidURL, OSError, ConfigError, ValueError)
"""What is raised where the server did not answer, or not in its own words."""

_SILENCE_SECONDS = 30.0
_CONNECT_SECONDS = 6.0
_ATTEMPTS = 5
stamina.instrumentation.set_on_retry_hooks([])  # what was retried is nobody's news
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A way to one server, of one thread or several; closed by who opened it."""

    client: httpx2.Client
    credentials: Credentials
    deadline: Deadline

    @property
    def server(self) -> str:
        """Its address, for people."""
        return address(self.client.base_url)


def address(url: httpx2.URL) -> str:
    """A server's address, without what somebody may have written before its ``@``."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}".rstrip("/")


@contextmanager
def opened(
    context: str | None, config_file: str | None, seconds: float
) -> Iterator[tuple[Connection, Discovery]]:
    """
    A connection, and what the server at its other end serves.

    Args:
        seconds: after which nothing more is asked, and what is being asked ends.

    Raises:
        LiveStateError: naming the context, if there is no such server or it refuses.
    """
    name = context or "the current context"
    way = kubeconfig.access(context, config_file)
    with Deadline(seconds) as deadline:
        try:
            client, credentials = _client(way, deadline)
        except (*NO_ANSWER, AssertionError) as error:
            raise LiveStateError(f"{name}: {words(error)}") from error
        except TypeError as error:
            raise LiveStateError(f"{name}: {HALF_A_PAIR}") from error
        with client:
            connection = Connection(client=client, credentials=credentials, deadline=deadline)
            try:
                served = _discover(connection)
            except RefusedError as error:
                raise LiveStateError(f"{name}: {error}") from error
            except NO_ANSWER as error:
                raise LiveStateError(f"{name}: {connection.server}: {words(error)}") from error
            try:
                yield connection, served
            except BaseException:
                deadline.cut()  # ^C: no thread is to wait for an answer that nobody wants
                raise


def _client(way: kubeconfig.Access, deadline: Deadline) -> tuple[httpx2.Client, Credentials]:
    config = way.config
    assert config.user is not None
    client = httpx2.Client(
        base_url=config.cluster.server,
        verify=verify_cluster(config.cluster, config.user, config.abs_file),
        proxy=way.proxy,
        headers=HEADERS,
    )
    return client, Credentials(config.user, deadline)


def _discover(connection: Connection) -> Discovery:
    """Ask what is served: two requests, aggregated discovery."""
    return discovery.read(
        {root: get(connection, root, {}, discovery.FORM) for root in discovery.ROOTS}
    )


def get(
    connection: Connection, path: str, query: Mapping[str, str], accept: str
) -> Mapping[str, Any]:
    """
    One GET, asked again where the server is busy or did not come to an end.

    Raises:
        RefusedError: if the server says no.
        NO_ANSWER: if it does not answer.
    """
    return _sent(connection, "GET", path, query, {"Accept": accept})


def dry_run_apply(
    connection: Connection, path: str, body: Mapping[str, Any], manager: str
) -> Mapping[str, Any]:
    """
    What an object would be after a server-side apply; nothing is kept.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run

    Raises:
        RefusedError: if the server says no.
        NO_ANSWER: if it does not answer.
    """
    return _sent(
        connection,
        "PATCH",
        path,
        {"dryRun": "All", "force": "true", "fieldManager": manager},
        {"Accept": JSON, "Content-Type": "application/apply-patch+yaml"},
        documents.dump_json(body).encode(),
    )


def _sent(
    connection: Connection,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    content: bytes | None = None,
) -> Mapping[str, Any]:
    deadline = connection.deadline
    before: list[Exception] = []

    def pause(error: Exception) -> bool | float:
        # What was read stays alive in the frames of the error for as long as somebody keeps it.
        traceback.clear_frames(error.__traceback__)
        again = _pause(error, deadline)
        if deadline.left():
            before.append(error)
        return again

    try:
        for attempt in stamina.retry_context(
            on=pause, attempts=_ATTEMPTS, timeout=None, wait_jitter=0.2, wait_max=2.0
        ):
            with attempt:
                deadline.check(words(before[-1]) if before else "")
                return _asked(connection, method, path, query, headers, content)
    except NO_ANSWER:
        deadline.check(words(before[-1]) if before else "")  # then that is why: the socket was shut
        raise
    raise AssertionError("the last attempt returns or raises")


def _pause(error: Exception, deadline: Deadline) -> bool | float:
    """Whether to ask again, and where the server says so after how many seconds."""
    left = deadline.left()
    if not left or _is_final(error):
        return False
    wait = error.wait if isinstance(error, RefusedError) else None
    return True if wait is None else wait < left and wait


def _is_final(error: Exception) -> bool:
    """Whether asking again would give the same answer."""
    if isinstance(error, RefusedError):
        return error.status not in _BUSY
    if isinstance(error, answers.TooLargeError | ConfigError | httpx2.InvalidURL):
        return True
    if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
        return True
    return isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_" in str(error)


def _asked(
    connection: Connection,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    content: bytes | None,
) -> Mapping[str, Any]:
    """Once; and once more with other credentials where the first are refused."""
    authorization = connection.credentials.header()
    response, body = _received(connection, method, path, query, headers, content, authorization)
    if response.status_code == 401 and connection.credentials.renewable:
        authorization = connection.credentials.header(refused=authorization)
        response, body = _received(connection, method, path, query, headers, content, authorization)
    if response.status_code not in (200, 201):
        raise answers.refusal(response.status_code, response.reason_phrase, body, response.headers)
    return answers.parsed(body, response.headers, typed=not path.startswith("/openapi/"))


def _received(
    connection: Connection,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    content: bytes | None,
    authorization: str | None,
) -> tuple[httpx2.Response, bytes]:
    deadline = connection.deadline
    left = max(deadline.left(), 0.001)
    request = connection.client.build_request(
        method,
        path,
        params=query,
        headers={**headers, **({"Authorization": authorization} if authorization else {})},
        content=content,
        timeout=httpx2.Timeout(min(_SILENCE_SECONDS, left), connect=min(_CONNECT_SECONDS, left)),
        extensions={"trace": deadline.watch},
    )
    response = connection.client.send(request, stream=True, auth=None)
    try:
        answers.check_encoding(response.headers)
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > answers.MOST_BYTES:
                raise answers.TooLargeError
    finally:
        response.close()
    return response, bytes(body)


def words(error: Exception) -> str:
    """An error in words, also where it has none, and without a credential."""
    if isinstance(error, httpx2.LocalProtocolError | UnicodeError):
        # Their text quotes the header that they do not take.
        return f"the request could not be written ({type(error).__name__})"
    return str(error) or type(error).__name__
