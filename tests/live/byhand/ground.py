"""The table on a real API server: a namespace for each line, made, changed, looked at, restored."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from edgeops.__main__ import main
from edgeops.adapters import package_data
from edgeops.core.documents import dump_json
from edgeops.core.schemas import Schemas
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.byhand import objects, quiet, routing, settings, workloads
from tests.live.byhand.case import ALICE, APP, Body, Case
from tests.live.fleet import Applied

CHANGES = (*workloads.CASES, *routing.CASES, *settings.CASES, *objects.CASES)
QUIET = quiet.CASES
TABLE = (*CHANGES, *QUIET)

UNTOUCHED = "untouched"
"""A namespace that has the whole app, and that nobody changes."""

_AT_ONCE = 3
_SCHEMAS = Schemas.parse(package_data.schemas())

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one object is."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        info = _SCHEMAS.info(self.api_version, self.kind)
        assert info is not None, f"{self.api_version} {self.kind}"
        root = "/apis/" if "/" in self.api_version else "/api/"
        scope = f"/namespaces/{self.namespace}" if info.namespaced else ""
        return f"{root}{self.api_version}{scope}/{info.plural}/{self.name}"


@dataclass(slots=True)
class Ground:
    """
    The namespaces of a table, applied in one way.

    Args:
        prefix: how the names of its namespaces begin.
        folder: where the manifests are written.
    """

    plane: ControlPlane
    way: Applied
    prefix: str
    folder: Path
    cases: Sequence[Case] = TABLE
    before: dict[Place, Body] = field(default_factory=dict)

    def namespace(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of all lines, `UNTOUCHED` the last of them."""
        return (*(case.name for case in self.cases), UNTOUCHED)

    @property
    def desired(self) -> Path:
        """One file with what git has in all namespaces."""
        return self.folder / "desired.json"

    def manifest(self, name: str) -> Path:
        """A file with what git has in the namespace of one line."""
        return self.folder / f"{name}.json"

    def apply(self) -> None:
        """Write the manifests and apply them; remember what became of them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        whole: list[Body] = []
        for name, targets in self._needs().items():
            bodies = [APP.manifest(target, self.namespace(name)) for target in targets]
            _write(self.manifest(name), bodies)
            whole += bodies
        _write(self.desired, whole)
        self.put(self._needs())
        self.before = self.look()

    def change(self) -> None:
        """
        Do what every line says.

        Raises:
            AssertionError: kubectl could not; every such line is named.
        """
        refused = [said for said in in_parallel(self._run, self.cases) if said]
        assert not refused, "\n".join(refused)

    def restore(self) -> None:
        """Undo all of it by hand, so that every object is as it was before."""
        now = self.look()
        undo = [place for place in {**now, **self.before} if not self._same(place, now)]
        lines = in_parallel(lambda place: self._undo(place, now), undo)
        self.put(sorted({*lines} - {""}))

    def look(self) -> dict[Place, Body]:
        """Every object of a kind of the table in these namespaces, the namespaces among them."""
        kinds = {body["kind"]: body["apiVersion"] for body in APP.objects.values()}
        words = ",".join(sorted({*map(_resource, kinds.items()), *_ONLY_EXTRA}))
        listed = self.plane.kubectl("get", words, "-A", "-o", "json", "--show-managed-fields")
        found = {}
        for item in json.loads(listed.stdout)["items"]:
            where = item["metadata"].get("namespace", "")
            place = Place(item["apiVersion"], item["kind"], where, item["metadata"]["name"])
            if (where or place.name).startswith(f"{self.prefix}-"):
                found[place] = item
        return found

    def check(self) -> Body:
        """
        What edgeops says of all namespaces, in one run of a user who can only read.

        Raises:
            AssertionError: it could not tell.
        """
        report = self.folder / "report.json"
        user = str(self.plane.kubeconfig("reader"))
        where = ("--desired", str(self.desired), "--kubeconfig", user)
        status = main(["drift", *where, "-q", "-o", "json", "--output-file", str(report)])
        assert status in {ExitStatus.OK, ExitStatus.FINDINGS}
        told: Body = json.loads(report.read_text())
        return told

    def by_line(self, report: Mapping[str, Any]) -> dict[str, list[Body]]:
        """The findings of a report by the line, or `UNTOUCHED`, that they belong to."""
        found: defaultdict[str, list[Body]] = defaultdict(list)
        for item in report["findings"]:
            namespace = item["name"] if item["kind"] == "Namespace" else item["namespace"]
            found[namespace.removeprefix(f"{self.prefix}-")].append(item)
        return dict(found)

    def put(self, names: Iterable[str]) -> None:
        """Apply the manifests of some lines, in batches: kubectl sends one after the other."""
        names = list(names)
        batches = [names[start::_AT_ONCE] for start in range(_AT_ONCE) if names[start:]]

        def apply(batch: Sequence[str]) -> None:
            files = [part for name in batch for part in ("-f", str(self.manifest(name)))]
            self.plane.kubectl("apply", *files, *self.way.args)

        in_parallel(apply, batches)

    def _needs(self) -> dict[str, list[str]]:
        lines = {case.name: case.needs for case in self.cases} | {UNTOUCHED: {*APP.objects}}
        return {
            name: [target for target in APP.objects if target in needs]
            for name, needs in lines.items()
        }

    def _run(self, case: Case) -> str:
        """Do what a line says; what kubectl has against it."""
        namespace = self.namespace(case.name)
        given = case.command.input
        done = self.plane.kubectl(
            *("-n", namespace),
            *(word.replace("NAMESPACE", namespace) for word in case.command.args),
            input=given.replace("NAMESPACE", namespace) if given else None,
            editor=case.command.editor or "",
            check=False,
        )
        return f"{case.name}: {done.stderr}" if done.returncode else ""

    def _same(self, place: Place, now: Mapping[Place, Body]) -> bool:
        versions = [side[place]["metadata"]["resourceVersion"] if place in side else None
                    for side in (self.before, now)]  # fmt: skip
        return versions[0] == versions[1]

    def _undo(self, place: Place, now: Mapping[Place, Body]) -> str:
        """Undo one object's change; the line whose manifest must be applied anew, if any."""
        line = (place.namespace or place.name).removeprefix(f"{self.prefix}-")
        if place not in self.before:
            self.plane.request("DELETE", place.path, body={"gracePeriodSeconds": 0})
            return ""
        if place not in now:
            return line
        metadata = dict(self.before[place]["metadata"])
        del metadata["managedFields"]
        metadata["resourceVersion"] = now[place]["metadata"]["resourceVersion"]
        body = {**self.before[place], "metadata": metadata}
        anew = {case.name for case in self.cases if case.anew}
        status, _ = self.plane.request("PUT", f"{place.path}?fieldManager={ALICE}", body=body)
        # An immutable ConfigMap cannot be changed back.
        if status != 200 or line in anew:
            assert self.plane.request("DELETE", place.path)[0] == 200
            return line
        return ""


def in_parallel(work: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """What *work* makes of each item, some at once; the first error is raised."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, items))


_ONLY_EXTRA = (
    "jobs",
    "pods",
    "resourcequotas",
    "limitranges",
    "servicerouters.consul.hashicorp.com",
    "servicesplitters.consul.hashicorp.com",
    "leases",
    "endpointslices",
)


def _resource(kind: tuple[str, str]) -> str:
    name, api_version = kind
    info = _SCHEMAS.info(api_version, name)
    assert info is not None
    group = api_version.rpartition("/")[0]
    return f"{info.plural}.{group}" if group else info.plural


def _write(file: Path, bodies: Iterable[Body]) -> None:
    file.write_text("---\n".join(dump_json(body) + "\n" for body in bodies))
