"""
Dry runs on a cluster: what an apply would make of an object, without keeping it.

Needs the right to ``patch`` the objects asked about, which nothing else in edgeops does.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from edgeops.adapters import answers, apiserver
from edgeops.adapters.discovery import Discovery
from edgeops.core.objects import JsonObject, KubeObject
from edgeops.ports import NotTried

_PARALLEL = 6
_METADATA_OF_THE_SERVER = frozenset(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)


class DryRun:
    """
    A cluster as a `Confirmer`, through a context of kubeconfig or in-cluster credentials.

    Args:
        context: the kubeconfig context; None takes the current one.
        config_file: as for `edgeops.adapters.cluster.ClusterReader`.
        seconds: how long all of it may take.
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

    def predict(self, applies: Sequence[tuple[KubeObject, str]]) -> Sequence[KubeObject | NotTried]:
        with (
            apiserver.opened(self._context, self._config_file, self._seconds) as (
                client,
                discovery,
            ),
            ThreadPoolExecutor(max_workers=_PARALLEL) as pool,
        ):
            return list(pool.map(lambda apply: _tried(client, discovery, *apply), applies))


def _tried(
    client: apiserver.Connection, served: Discovery, item: KubeObject, manager: str
) -> KubeObject | NotTried:
    version = item.api_version.rpartition("/")[2]
    resource = served.resources.get((item.group, version, item.kind))
    if resource is None:
        return NotTried(reason=f"{item.api_version} is not served")
    place = f"namespaces/{item.namespace}/" if resource.namespaced else ""
    path = f"{resource.path}/{place}{resource.plural}/{item.name}"
    try:
        answer = apiserver.dry_run_apply(client, path, _sent(item), manager)
        body = answers.the_object(answer, item.kind, item.name)
    except answers.RefusedError as error:
        return NotTried(reason=_reason(item, error), status=error.status)
    except apiserver.NO_ANSWER as error:
        return NotTried(reason=apiserver.words(error))
    return KubeObject({**body, "apiVersion": item.api_version, "kind": item.kind})


def _sent(item: KubeObject) -> JsonObject:
    """What an engine would send: without what the server writes."""
    metadata = {
        name: value for name, value in item.metadata.items() if name not in _METADATA_OF_THE_SERVER
    }
    kept = {name: value for name, value in item.body.items() if name != "status"}
    return {**kept, "metadata": metadata}


def _reason(item: KubeObject, error: answers.RefusedError) -> str:
    """The server's words; of a Secret only the status, for a refusal may quote a value."""
    if item.kind == "Secret" and error.status != 403:
        return str(error).partition(":")[0]
    return str(error)
