"""
One API server: how it is reached, what it serves, one request and its answer.

The one door to the Kubernetes client. lightkube reads kubeconfig and knows how to authenticate
(exec plugins, tokens, certificates, in-cluster); the requests are plain HTTP, because its
typed models would drop what they do not know.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import stamina
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.core.exceptions import ConfigError

from edgeops.adapters import kubeconfig
from edgeops.core import documents
from edgeops.errors import LiveStateError

JSON = "application/json"

NO_ANSWER = (httpx2.HTTPError, OSError, ConfigError, ValueError)
"""What is raised where the server did not answer, or not in its own words."""

_TIMEOUT = httpx2.Timeout(30, connect=6)
ROOTS = ("/api", "/apis")
DISCOVERY = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)
stamina.instrumentation.set_on_retry_hooks([])  # what was retried is nobody's news
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """How the server serves a kind."""

    path: str
    """``/api/v1`` or ``/apis/<group>/<version>``."""

    api_version: str
    plural: str
    namespaced: bool


class RefusedError(Exception):
    """The API server answered, and the answer is no."""

    def __init__(self, status: int, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.wait = wait
        """For how many seconds it asks to be left alone, where it says."""


class _BusyError(Exception):
    """The API server is overloaded or restarting; asking again may help."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the server serves, and the groups of which it could not tell."""

    resources: Mapping[tuple[str, str, str], Resource]
    """By group, version and kind; version ``""`` is the preferred one."""

    stale: frozenset[str]


Connection = httpx2.Client
"""Of one thread or several; closed by who opened it."""


@contextmanager
def opened(context: str | None, config_file: str | None) -> Iterator[tuple[Connection, Discovery]]:
    """
    A connection, and what the server at its other end serves.

    Raises:
        LiveStateError: naming the context, if there is no such server or it refuses.
    """
    name = context or "the current context"
    way = kubeconfig.access(context, config_file)
    try:
        connection = Client(way.config, ConnectionParams(timeout=_TIMEOUT, proxy=way.proxy))
    except (*NO_ANSWER, AssertionError) as error:
        raise LiveStateError(f"{name}: {words(error)}") from error
    with connection as client:
        try:
            discovery = _discover(client)
        except RefusedError as error:
            raise LiveStateError(f"{name}: {error}") from error
        except NO_ANSWER as error:
            server = str(client.base_url).rstrip("/")
            raise LiveStateError(f"{name}: {server}: {words(error)}") from error
        yield client, discovery


def _discover(client: httpx2.Client) -> Discovery:
    """Ask what is served: two requests, aggregated discovery."""
    return discovered({root: get(client, root, {}, DISCOVERY) for root in ROOTS})


def discovered(answers: Mapping[str, Mapping[str, Any]]) -> Discovery:
    """
    What is served, by the answers to `DISCOVERY` at each of `ROOTS`.

    Raises:
        LiveStateError: if they are no aggregated discovery.
    """
    resources: dict[tuple[str, str, str], Resource] = {}
    stale: set[str] = set()
    for root, answer in answers.items():
        if not str(answer.get("kind", "")).startswith("APIGroupDiscoveryList"):
            raise LiveStateError(
                "the server has no aggregated discovery (Kubernetes 1.26 or newer)"
            )
        for group in answer.get("items") or ():
            name = str((group.get("metadata") or {}).get("name") or "")
            for version in group.get("versions") or ():
                if version.get("freshness") == "Stale":
                    stale.add(name)
                for key, found in _resources(root, name, version):
                    resources.setdefault((name, "", key[1]), found)
                    resources[(name, *key)] = found
    return Discovery(resources, frozenset(stale))


def _resources(
    root: str, group: str, version: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], Resource]]:
    number = str(version["version"])
    for resource in version.get("resources") or ():
        if "list" not in (resource.get("verbs") or ()):
            continue
        kind = str((resource.get("responseKind") or {}).get("kind") or "")
        yield (
            (number, kind),
            Resource(
                path="/".join(part for part in (root, group, number) if part),
                api_version="/".join(part for part in (group, number) if part),
                plural=str(resource["resource"]),
                namespaced=resource.get("scope") == "Namespaced",
            ),
        )


def get(
    client: httpx2.Client, path: str, query: Mapping[str, str], accept: str
) -> Mapping[str, Any]:
    """
    One GET, asked again where the server is busy.

    Raises:
        RefusedError: if the server says no.
        NO_ANSWER: if it does not answer.
    """
    return _sent(
        client, client.build_request("GET", path, params=query, headers={"Accept": accept})
    )


def dry_run_apply(
    client: httpx2.Client, path: str, body: Mapping[str, Any], manager: str
) -> Mapping[str, Any]:
    """
    What an object would be after a server-side apply; nothing is kept.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run

    Raises:
        RefusedError: if the server says no.
        NO_ANSWER: if it does not answer.
    """
    request = client.build_request(
        "PATCH",
        path,
        params={"dryRun": "All", "force": "true", "fieldManager": manager},
        headers={"Accept": JSON, "Content-Type": "application/apply-patch+yaml"},
        content=documents.dump_json(body).encode(),
    )
    return _sent(client, request)


def _sent(client: httpx2.Client, request: httpx2.Request) -> Mapping[str, Any]:
    for attempt in stamina.retry_context(
        on=(_BusyError, httpx2.ConnectTimeout), attempts=3, timeout=30
    ):
        with attempt:
            response = client.send(request)
            if response.status_code in _BUSY and attempt.num < 3:
                raise _BusyError(str(response.status_code))
    if response.status_code not in (200, 201):
        raise RefusedError(response.status_code, refusal(response))
    body = documents.load(response.content)
    if not isinstance(body, Mapping):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 - handled as one kind
    return body


def refusal(response: httpx2.Response) -> str:
    """The server's no in words; its answer was read."""
    head = f"{response.status_code} {response.reason_phrase}".strip()
    try:
        status = documents.load(response.content)
    except documents.DocumentError:
        return head
    message = status.get("message") if isinstance(status, Mapping) else None
    return f"{head}: {message}" if message else head


def words(error: Exception) -> str:
    """An error in words, also where it has none."""
    return str(error) or type(error).__name__
