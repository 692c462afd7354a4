"""
Live objects from a cluster: one LIST a kind, paged, several at a time.

The one door to the Kubernetes client. lightkube reads kubeconfig and knows how to authenticate
(exec plugins, tokens, certificates, in-cluster); the requests are plain GETs, because its
typed models would drop what they do not know. Nothing here ever writes.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import stamina
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.core.exceptions import ConfigError

from edgeops.adapters import kubeconfig
from edgeops.core import documents
from edgeops.core.objects import KubeObject
from edgeops.errors import LiveStateError
from edgeops.ports import LiveState, NotRead, Wanted

_PAGE = 500
_PARALLEL = 6
_RESTARTS = 2
_TIMEOUT = httpx2.Timeout(30, connect=6)
_DISCOVERY = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_METADATA_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
stamina.instrumentation.set_on_retry_hooks([])  # what was retried is nobody's news
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resource:
    """How the server serves a kind."""

    path: str
    """``/api/v1`` or ``/apis/<group>/<version>``."""

    api_version: str
    plural: str
    namespaced: bool


class _RefusedError(Exception):
    """The API server answered, and the answer is no."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _BusyError(Exception):
    """The API server is overloaded or restarting; asking again may help."""


class ClusterReader:
    """
    A cluster as a `LiveReader`, through a context of kubeconfig or in-cluster credentials.

    Args:
        context: the kubeconfig context; None takes the current one.
        config_file: a kubeconfig; None takes ``KUBECONFIG`` or ``~/.kube/config``, else the
            credentials of the pod that this runs in.
    """

    def __init__(self, context: str | None, *, config_file: str | None = None) -> None:
        self._context = context
        self._config_file = config_file

    @property
    def name(self) -> str:
        return self._context or "the current context"

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        way = kubeconfig.access(self._context, self._config_file)
        with _client(self.name, way) as client:
            try:
                session = _Session(client, _discover(client))
            except _RefusedError as error:
                raise LiveStateError(f"{self.name}: {error}") from error
            except (httpx2.HTTPError, OSError, ConfigError, ValueError) as error:
                server = str(client.base_url).rstrip("/")
                raise LiveStateError(f"{self.name}: {server}: {_words(error)}") from error
            with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
                states = list(pool.map(session.read, wanted))
        return LiveState(
            objects=tuple(item for state in states for item in state.objects),
            unread=tuple(item for state in states for item in state.unread),
            notes=tuple(f"{self.name}: {note}" for state in states for note in state.notes),
        )


@dataclass(frozen=True, slots=True)
class _Discovery:
    """What the server serves, and the groups of which it could not tell."""

    resources: Mapping[tuple[str, str, str], _Resource]
    """By group, version and kind; version ``""`` is the preferred one."""

    stale: frozenset[str]


def _client(name: str, way: kubeconfig.Access) -> httpx2.Client:
    try:
        return Client(way.config, ConnectionParams(timeout=_TIMEOUT, proxy=way.proxy))
    except (ConfigError, OSError, ValueError, AssertionError) as error:
        raise LiveStateError(f"{name}: {_words(error)}") from error


def _discover(client: httpx2.Client) -> _Discovery:
    """Ask what is served: two requests, aggregated discovery."""
    resources: dict[tuple[str, str, str], _Resource] = {}
    stale: set[str] = set()
    for root in ("/api", "/apis"):
        answer = _get(client, root, {}, _DISCOVERY)
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
    return _Discovery(resources, frozenset(stale))


def _resources(
    root: str, group: str, version: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], _Resource]]:
    number = str(version["version"])
    for resource in version.get("resources") or ():
        if "list" not in (resource.get("verbs") or ()):
            continue
        kind = str((resource.get("responseKind") or {}).get("kind") or "")
        yield (
            (number, kind),
            _Resource(
                path="/".join(part for part in (root, group, number) if part),
                api_version="/".join(part for part in (group, number) if part),
                plural=str(resource["resource"]),
                namespaced=resource.get("scope") == "Namespaced",
            ),
        )


class _Session:
    """One reading of one cluster."""

    def __init__(self, client: httpx2.Client, discovery: _Discovery) -> None:
        self._client = client
        self._discovery = discovery

    def read(self, wanted: Wanted) -> LiveState:
        resource = self._discovery.resources.get((wanted.group, wanted.version or "", wanted.kind))
        if resource is None:
            if wanted.group in self._discovery.stale:
                return _unread(wanted, "discovery of the group is incomplete", wanted.namespaces)
            return LiveState()  # not served: there can be no such object
        try:
            return LiveState(objects=self._list(wanted, resource, resource.plural))
        except _RefusedError as error:
            if error.status == 403:
                return self._one_by_one(wanted, resource, str(error))
            return _unread(wanted, str(error), wanted.namespaces)
        except (httpx2.HTTPError, OSError, ConfigError, ValueError) as error:
            return _unread(wanted, _words(error), wanted.namespaces)

    def _list(self, wanted: Wanted, resource: _Resource, path: str) -> tuple[KubeObject, ...]:
        accept = "application/json" if wanted.whole else _METADATA
        found: list[KubeObject] = []
        token, restarts = "", 0
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": token} if token else {})
            try:
                page = _get(self._client, f"{resource.path}/{path}", query, accept)
            except _RefusedError as error:
                if error.status == 410 and token and restarts < _RESTARTS:
                    found, token, restarts = [], "", restarts + 1  # the list expired: begin anew
                    continue
                raise
            found += (
                KubeObject({**item, "apiVersion": resource.api_version, "kind": wanted.kind})
                for item in page.get("items") or ()
            )
            token = str((page.get("metadata") or {}).get("continue") or "")
            if not token:
                break
        return tuple(item for item in found if wanted.covers(item.namespace))

    def _one_by_one(self, wanted: Wanted, resource: _Resource, reason: str) -> LiveState:
        """A LIST for each namespace, or a GET for each name of a cluster-scoped kind."""
        objects: list[KubeObject] = []
        refused: set[str] = set()
        for place in sorted(wanted.namespaces if resource.namespaced else wanted.names):
            try:
                if resource.namespaced:
                    path = f"namespaces/{place}/{resource.plural}"
                    objects += self._list(wanted, resource, path)
                elif (found := self._one(wanted, resource, place)) is not None:
                    objects.append(found)
            except _RefusedError:
                refused.add(place)
            except (httpx2.HTTPError, OSError, ConfigError, ValueError) as error:
                refused.add(place)
                reason = _words(error)
        places, names = frozenset(refused), frozenset[str]()
        notes: tuple[str, ...] = ()
        if not resource.namespaced:
            places, names = names, places
            notes = (
                f"{resource.plural} may not be listed: one that git does not name is not seen.",
            )
        gap = NotRead(wanted=wanted, reason=reason, namespaces=places, names=names)
        return LiveState(objects=tuple(objects), unread=(gap,) if refused else (), notes=notes)

    def _one(self, wanted: Wanted, resource: _Resource, name: str) -> KubeObject | None:
        accept = "application/json" if wanted.whole else _METADATA_ONE
        try:
            body = _get(self._client, f"{resource.path}/{resource.plural}/{name}", {}, accept)
        except _RefusedError as error:
            if error.status == 404:
                return None
            raise
        return KubeObject({**body, "apiVersion": resource.api_version, "kind": wanted.kind})


def _unread(wanted: Wanted, reason: str, namespaces: frozenset[str]) -> LiveState:
    return LiveState(unread=(NotRead(wanted=wanted, reason=reason, namespaces=namespaces),))


def _get(
    client: httpx2.Client, path: str, query: Mapping[str, str], accept: str
) -> Mapping[str, Any]:
    """
    One GET, asked again where the server is busy.

    Raises:
        _RefusedError: if the server says no.
        httpx2.HTTPError: if it does not answer.
    """
    for attempt in stamina.retry_context(
        on=(_BusyError, httpx2.ConnectTimeout), attempts=3, timeout=30
    ):
        with attempt:
            response = client.get(path, params=dict(query), headers={"Accept": accept})
            if response.status_code in _BUSY and attempt.num < 3:
                raise _BusyError(str(response.status_code))
    if response.status_code != 200:
        raise _RefusedError(response.status_code, _refusal(response))
    body = documents.load(response.content)
    if not isinstance(body, Mapping):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 - handled as one kind
    return body


def _refusal(response: httpx2.Response) -> str:
    words = f"{response.status_code} {response.reason_phrase}".strip()
    try:
        status = documents.load(response.content)
    except documents.DocumentError:
        return words
    message = status.get("message") if isinstance(status, Mapping) else None
    return f"{words}: {message}" if message else words


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
