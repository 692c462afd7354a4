"""
Live objects from a cluster: one LIST a kind, paged, several at a time.

Every request is a GET: nothing here ever writes.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from edgeops.adapters import answers, apiserver, openapi
from edgeops.adapters.answers import RefusedError, TooLargeError
from edgeops.adapters.apiserver import JSON, NO_ANSWER
from edgeops.adapters.discovery import Discovery, Resource
from edgeops.core import documents
from edgeops.core.objects import JsonObject, KubeObject
from edgeops.ports import LiveState, NotRead, Wanted

PAGE = 500
"""Objects a page."""

_PAGES = (PAGE, 50, 5)
"""How many objects to ask for at once: fewer where so many are more than an answer may have."""

_PARALLEL = 6
_RESTARTS = 2
_MOST_PAGES = 4000
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_METADATA_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


class ClusterReader:
    """
    A cluster as a `LiveReader`, through a context of kubeconfig or in-cluster credentials.

    Args:
        context: the kubeconfig context; None takes the current one.
        config_file: a kubeconfig; None takes ``KUBECONFIG`` or ``~/.kube/config``, else the
            credentials of the pod that this runs in.
        seconds: how long a reading may take; what was not read by then is named as unread.
    """

    def __init__(
        self,
        context: str | None,
        *,
        config_file: str | None = None,
        seconds: float,
    ) -> None:
        self._context = context
        self._config_file = config_file
        self._seconds = seconds

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        with apiserver.opened(self._context, self._config_file, self._seconds) as (
            connection,
            discovery,
        ):
            session = _Session(connection, discovery)
            with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
                try:
                    states = list(pool.map(session.read, wanted))
                except BaseException:
                    connection.deadline.cut()  # or the pool waits for answers nobody wants
                    raise
            objects = tuple(item for state in states for item in state.objects)
            told = openapi.server_schemas(connection, openapi.looked_up(wanted, objects))
        name = self._context or "the current context"
        notes = (*(note for state in states for note in state.notes), *told.notes)
        unread = [item for state in states for item in state.unread]
        return LiveState(
            objects=objects,
            unread=(*unread, *_without_schema(wanted, told.failed)),
            notes=tuple(f"{name}: {note}" for note in notes),
            schemas=told.schemas,
        )


def _without_schema(wanted: Sequence[Wanted], failed: Mapping[str, str]) -> Iterator[NotRead]:
    """The kinds that cannot be compared as long as the server does not say what they are."""
    for item in wanted:
        for api_version in sorted(item.unknown & failed.keys()):
            reason = f"no schema of {api_version}: {failed[api_version]}"
            yield NotRead(wanted=item, reason=reason, namespaces=item.namespaces)


class _Session:
    """One reading of one cluster."""

    def __init__(self, connection: apiserver.Connection, discovery: Discovery) -> None:
        self._connection = connection
        self._discovery = discovery
        self._fields: dict[bytes, Any] = {}

    def read(self, wanted: Wanted) -> LiveState:
        resource = self._discovery.resources.get((wanted.group, wanted.version or "", wanted.kind))
        if resource is None:
            if wanted.group in self._discovery.stale:
                return _unread(wanted, "discovery of the group is incomplete", wanted.namespaces)
            return LiveState()  # not served: there can be no such object
        try:
            return LiveState(objects=self._list(wanted, resource, resource.plural))
        except RefusedError as error:
            if error.status == 403:
                return self._one_by_one(wanted, resource, str(error))
            return _unread(wanted, str(error), wanted.namespaces)
        except NO_ANSWER as error:
            return _unread(wanted, apiserver.words(error), wanted.namespaces)

    def _list(self, wanted: Wanted, resource: Resource, path: str) -> tuple[KubeObject, ...]:
        """
        A list as it was at one moment.

        Every page is of one state of the cluster. Where that state is gone (410), or a page is
        of another one, the list begins anew; it is never patched together.
        """
        sizes = iter(_PAGES)
        size, restarts = next(sizes), 0
        while True:
            try:
                return self._pages(wanted, resource, path, size)
            except TooLargeError:
                smaller = next(sizes, None)
                if smaller is None:
                    raise
                size = smaller
            except _ListChangedError:
                if restarts == _RESTARTS:
                    raise
                restarts += 1

    def _pages(
        self, wanted: Wanted, resource: Resource, path: str, size: int
    ) -> tuple[KubeObject, ...]:
        accept = accepted(whole=wanted.whole)
        found: dict[tuple[str, str], KubeObject] = {}
        token, version = "", None
        for _ in range(_MOST_PAGES):
            query = {"limit": str(size)} | ({"continue": token} if token else {})
            try:
                answer = apiserver.get(self._connection, f"{resource.path}/{path}", query, accept)
            except RefusedError as error:
                if error.status == 410 and token:
                    raise _ListChangedError(str(error)) from error
                raise
            page = answers.page(answer, resource.api_version, whole=wanted.whole)
            if version not in (None, page.version):
                raise _ListChangedError("the list changed while it was read")
            version = page.version
            for item in page.items:
                self._share_fields(item)
                one = KubeObject({**item, "apiVersion": resource.api_version, "kind": wanted.kind})
                if (one.namespace, one.name) in found:
                    raise _ListChangedError("the list names an object twice")
                found[one.namespace, one.name] = one
            token = page.token
            if not token:
                return tuple(item for item in found.values() if wanted.covers(item.namespace))
        raise ValueError(f"the list has no end: {_MOST_PAGES} pages were read")

    def _share_fields(self, item: JsonObject) -> None:
        """
        Keep equal ``fieldsV1`` once.

        Objects that zones have alike have alike owners, and these maps of empty maps are most of
        what a live object takes in memory.
        """
        for entry in (item.get("metadata") or {}).get("managedFields") or ():
            if fields := entry.get("fieldsV1"):
                text = documents.dump_compact(fields)
                entry["fieldsV1"] = self._fields.setdefault(text, fields)

    def _one_by_one(self, wanted: Wanted, resource: Resource, reason: str) -> LiveState:
        """A LIST for each namespace, or a GET for each name of a cluster-scoped kind."""
        if not resource.namespaced and not wanted.names:
            return _unread(wanted, reason, frozenset())
        objects: list[KubeObject] = []
        refused: dict[str, set[str]] = {}
        for place in sorted(wanted.namespaces if resource.namespaced else wanted.names):
            try:
                if resource.namespaced:
                    path = f"namespaces/{place}/{resource.plural}"
                    objects += self._list(wanted, resource, path)
                elif (found := self._one(wanted, resource, place)) is not None:
                    objects.append(found)
            except RefusedError as error:
                why = reason if error.status == 403 else str(error)
                refused.setdefault(why, set()).add(place)
            except NO_ANSWER as error:
                refused.setdefault(apiserver.words(error), set()).add(place)
        notes: tuple[str, ...] = ()
        if not resource.namespaced:
            notes = (
                f"{resource.plural} may not be listed: one that git does not name is not seen.",
            )
        gaps = tuple(
            NotRead(
                wanted=wanted,
                reason=why,
                namespaces=frozenset(places if resource.namespaced else ()),
                names=frozenset(() if resource.namespaced else places),
            )
            for why, places in refused.items()
        )
        return LiveState(objects=tuple(objects), unread=gaps, notes=notes)

    def _one(self, wanted: Wanted, resource: Resource, name: str) -> KubeObject | None:
        accept = JSON if wanted.whole else _METADATA_ONE
        try:
            answer = apiserver.get(
                self._connection, f"{resource.path}/{resource.plural}/{name}", {}, accept
            )
        except RefusedError as error:
            if error.says_absent(name):
                return None
            raise
        body = answers.the_object(answer, wanted.kind, name, whole=wanted.whole)
        return KubeObject({**body, "apiVersion": resource.api_version, "kind": wanted.kind})


class _ListChangedError(ValueError):
    """The pages of a list are not of one state."""


def _unread(wanted: Wanted, reason: str, namespaces: frozenset[str]) -> LiveState:
    return LiveState(unread=(NotRead(wanted=wanted, reason=reason, namespaces=namespaces),))


def accepted(*, whole: bool) -> str:
    """The ``Accept`` of a LIST: whole objects, or their metadata alone."""
    return JSON if whole else _METADATA
