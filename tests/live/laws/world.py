"""Objects on the real API server: applied as an engine does, patched as a person does, judged."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from edgeops.adapters import package_data
from edgeops.core.compare import Comparison, Surroundings, compare
from edgeops.core.documents import dump_json
from edgeops.core.ignore import parse_rules
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import LAST_APPLIED
from edgeops.core.schemas import Node, Schemas
from tests.controlplane.server import ControlPlane
from tests.live.laws.mutations import Operation

Body = dict[str, Any]
SCHEMAS = Schemas.parse(package_data.schemas())
SERVER_SIDE = ("kustomize-controller", "argocd-controller")
CLIENT_SIDE = ("argocd-application-controller", "kubectl-client-side-apply")
DEPLOYERS = (*SERVER_SIDE, *CLIENT_SIDE)
PERSON = "kubectl-patch"
_BOOKED = ("managedFields", "resourceVersion", "generation")
_TEMPLATES = "deprecated.daemonset.template.generation"


@dataclass(slots=True)
class World:
    """One namespace, in which every object gets a name of its own."""

    plane: ControlPlane
    namespace: str
    _numbers: Any = field(default_factory=itertools.count)

    def apply(self, manifest: Body, deployer: str) -> tuple[Body, Body]:
        """
        What git has and what became of it, applied as *deployer* does.

        Raises:
            AssertionError: the API server refused it.
        """
        name = f"{manifest['metadata']['name']}-{next(self._numbers)}"
        metadata = {**manifest["metadata"], "name": name, "namespace": self.namespace}
        desired = {**manifest, "metadata": metadata}
        if deployer in SERVER_SIDE:
            return desired, self.plane.apply(self._path(desired), desired, deployer)
        sent = {**metadata["annotations"], LAST_APPLIED: json.dumps(desired) + "\n"}
        body = {**desired, "metadata": {**metadata, "annotations": sent}}
        query = f"?fieldManager={deployer}&fieldValidation=Strict"
        folder = self._path(desired).rpartition("/")[0]
        return desired, self._asked("POST", folder + query, body)

    def patch(self, live: Body, operation: Operation) -> Body | None:
        """The object after somebody's change; None if admission refuses it."""
        status, answer = self.plane.request(
            "PATCH",
            f"{self._path(live)}?fieldManager={PERSON}&fieldValidation=Strict",
            body=operation.body(),
            content_type="application/json-patch+json",
        )
        return json.loads(answer) if status == 200 else None

    def put_back(self, live: Body, before: Body) -> Body:
        """Somebody gives an object all the values that it had before."""
        metadata = {**before["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        del metadata["managedFields"]
        body = {**before, "metadata": metadata}
        return self._asked("PUT", f"{self._path(live)}?fieldManager={PERSON}", body)

    def remove(self, live: Body) -> None:
        self.plane.request("DELETE", self._path(live), body={"gracePeriodSeconds": 0})

    def _path(self, body: Body) -> str:
        info = SCHEMAS.info(body["apiVersion"], body["kind"])
        assert info is not None
        root = "/apis/" if "/" in body["apiVersion"] else "/api/"
        place = f"{root}{body['apiVersion']}/namespaces/{self.namespace}"
        return f"{place}/{info.plural}/{body['metadata']['name']}"

    def _asked(self, method: str, path: str, body: Body) -> Body:
        status, answer = self.plane.request(method, path, body=body)
        assert status in {200, 201}, f"{method} {path}: {answer.decode()}\n{dump_json(body)}"
        done: Body = json.loads(answer)
        return done


def schema(body: Body) -> Node:
    return SCHEMAS.root(body["apiVersion"], body["kind"])


def judged(desired: Body, live: Body, rules: Sequence[Body] = ()) -> Comparison:
    """What edgeops says of the pair."""
    parsed = parse_rules(rules, source="rules", place="")
    around = Surroundings(schemas=SCHEMAS, rules=parsed)
    return compare(KubeObject(desired), KubeObject(live), around)


def content(live: Body) -> Body:
    """An object without what the API server counts, books, and keeps equal to another field."""
    metadata = {name: value for name, value in live["metadata"].items() if name not in _BOOKED}
    notes = metadata.get("annotations", {})
    metadata["annotations"] = {name: notes[name] for name in notes if name != _TEMPLATES}
    kept = {name: value for name, value in live.items() if name != "status"}
    whole: Body = json.loads(
        json.dumps({**kept, "metadata": metadata}), object_hook=_without_old_name
    )
    return whole


def _without_old_name(item: Body) -> Body:
    """A pod's spec without the old name of ``serviceAccountName``, where both say the same."""
    if "serviceAccount" in item and item["serviceAccount"] == item.get("serviceAccountName"):
        return {name: value for name, value in item.items() if name != "serviceAccount"}
    return item
