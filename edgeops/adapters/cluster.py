"""
Live objects from a cluster: one LIST a kind, paged, several at a time.

Every request is a GET: nothing here ever writes.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from edgeops.adapters import apiserver, openapi
from edgeops.adapters.apiserver import JSON, NO_ANSWER, Discovery, RefusedError, Resource
from edgeops.core import documents
from edgeops.core.objects import KubeObject
from edgeops.ports import LiveState, NotRead, Wanted

PAGE = 500
"""Objects a page."""

_PARALLEL = 6
_RESTARTS = 2
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_METADATA_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


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

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        with apiserver.opened(self._context, self._config_file) as (client, discovery):
            session = _Session(client, discovery)
            with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
                states = list(pool.map(session.read, wanted))
            objects = tuple(item for state in states for item in state.objects)
            schemas, gaps = openapi.server_schemas(client, openapi.looked_up(wanted, objects))
        name = self._context or "the current context"
        notes = (*(note for state in states for note in state.notes), *gaps)
        return LiveState(
            objects=objects,
            unread=tuple(item for state in states for item in state.unread),
            notes=tuple(f"{name}: {note}" for note in notes),
            schemas=schemas,
        )


class _Session:
    """One reading of one cluster."""

    def __init__(self, client: apiserver.Connection, discovery: Discovery) -> None:
        self._client = client
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
        accept = accepted(whole=wanted.whole)
        found: list[KubeObject] = []
        token, restarts = "", 0
        while True:
            query = {"limit": str(PAGE)} | ({"continue": token} if token else {})
            try:
                page = apiserver.get(self._client, f"{resource.path}/{path}", query, accept)
            except RefusedError as error:
                if error.status == 410 and token and restarts < _RESTARTS:
                    found, token, restarts = [], "", restarts + 1  # the list expired: begin anew
                    continue
                raise
            for item in page.get("items") or ():
                self._share_fields(item)
                body = {**item, "apiVersion": resource.api_version, "kind": wanted.kind}
                found.append(KubeObject(body))
            token = str((page.get("metadata") or {}).get("continue") or "")
            if not token:
                break
        return tuple(item for item in found if wanted.covers(item.namespace))

    def _share_fields(self, item: dict[str, Any]) -> None:
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
        refused: set[str] = set()
        for place in sorted(wanted.namespaces if resource.namespaced else wanted.names):
            try:
                if resource.namespaced:
                    path = f"namespaces/{place}/{resource.plural}"
                    objects += self._list(wanted, resource, path)
                elif (found := self._one(wanted, resource, place)) is not None:
                    objects.append(found)
            except RefusedError:
                refused.add(place)
            except NO_ANSWER as error:
                refused.add(place)
                reason = apiserver.words(error)
        places, names = frozenset(refused), frozenset[str]()
        notes: tuple[str, ...] = ()
        if not resource.namespaced:
            places, names = names, places
            notes = (
                f"{resource.plural} may not be listed: one that git does not name is not seen.",
            )
        gap = NotRead(wanted=wanted, reason=reason, namespaces=places, names=names)
        return LiveState(objects=tuple(objects), unread=(gap,) if refused else (), notes=notes)

    def _one(self, wanted: Wanted, resource: Resource, name: str) -> KubeObject | None:
        accept = JSON if wanted.whole else _METADATA_ONE
        try:
            body = apiserver.get(
                self._client, f"{resource.path}/{resource.plural}/{name}", {}, accept
            )
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        return KubeObject({**body, "apiVersion": resource.api_version, "kind": wanted.kind})


def _unread(wanted: Wanted, reason: str, namespaces: frozenset[str]) -> LiveState:
    return LiveState(unread=(NotRead(wanted=wanted, reason=reason, namespaces=namespaces),))


def accepted(*, whole: bool) -> str:
    """The ``Accept`` of a LIST: whole objects, or their metadata alone."""
    return JSON if whole else _METADATA
