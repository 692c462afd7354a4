"""A fleet in a real repository, and places that change by word of mouth: for the standing law."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgeops import wiring
from edgeops.__main__ import main
from edgeops.core.findings import DriftReport
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.errors import ExitStatus, LiveStateError
from edgeops.ports import LiveReader, LiveState, NotRead, Wanted
from edgeops.ports.watching import Came, Happened, KindRead, Lost, Reached, Went
from edgeops.usecases.desired import Desired, Selection, desired_from_repository
from edgeops.usecases.drift import Tools, check_desired
from edgeops.usecases.standing import Standing, Ways, World
from edgeops.usecases.wishes import Wish, lay_out

ZONES = ("us-west-2-lax-1a", "us-west-2-las-1a")
SELECTION = Selection()
Body = dict[str, Any]


def contexts(cluster: Any) -> tuple[str, str]:
    """Workloads here, the engine there: two places."""
    return cluster.context, cluster.engine_context


@dataclass
class Fleet:
    """Two commits of one fleet."""

    root: Path
    engine: str
    wishes: dict[str, Desired] = field(default_factory=dict)

    @property
    def revisions(self) -> list[str]:
        return list(self.wishes)


def make_fleet(root: Path, engine: str) -> Fleet:
    """Scaffold it, and commit an edit of the base, of one overlay and of a waiver."""
    root.mkdir(parents=True)
    config = root / "edgeops.yaml"
    config.write_text(f"""apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {{name: shop}}
spec:
  repository: {{url: "http://127.0.0.1:1/shop.git", branch: main}}
  engine: {engine}
  mesh: {{provider: consul, edition: enterprise}}
  namespacePrefix: shop
  app: hashicups
  clusters:
    - name: edge-usw2
      engineContext: management
      region: us-west-2
      availabilityZones: [us-west-2a, us-west-2b]
      zones: [{", ".join(ZONES)}]
  drift:
    ignore:
      - {{kind: Service, name: payments, jsonPointers: [/spec/ports/0/port]}}
""")
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    fleet = Fleet(root=root, engine=engine)
    _remember(fleet)
    file = next((root / "base").glob("**/*product-api*.yaml"))
    file.write_text(file.read_text().replace("replicas: ", "replicas: 1", 1))
    text = config.read_text()
    config.write_text(
        text + "    waivers:\n      - {kind: ConfigMap, name: by-hand, owner: ada, reason: a test, "
        "expires: 2099-01-01}\n"
    )
    wiring.repository(str(root)).commit(
        ["edgeops.yaml", str(file.relative_to(root))], "Ask for more"
    )
    _remember(fleet)
    return fleet


def _remember(fleet: Fleet) -> None:
    repository = wiring.repository(str(fleet.root))
    desired = desired_from_repository(
        repository,
        wiring.files(str(fleet.root)),
        wiring.builder(None),
        wiring.parse_fleet,
        rev="HEAD",
        selection=SELECTION,
        contexts=contexts,
    )
    assert desired.repository.revision is not None
    assert all(row.error is None for row in desired.rows)
    fleet.wishes[desired.repository.revision] = desired


@dataclass
class Place(LiveReader):
    """What a place holds, what may not be read there, and what happened since it was asked."""

    context: str
    objects: dict[ResourceKey, KubeObject] = field(default_factory=dict)
    gaps: dict[tuple[str, str], NotRead] = field(default_factory=dict)
    failure: str | None = None
    told: list[Happened] = field(default_factory=list)

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        if self.failure is not None:
            raise LiveStateError(f"{self.context}: {self.failure}")
        kinds = {(one.group, one.kind): one for one in wanted}
        gaps = [
            replace(gap, wanted=kinds[kind])
            for kind, gap in sorted(self.gaps.items())
            if kind in kinds
        ]
        hidden = {(gap.wanted.group, gap.wanted.kind): gap.namespaces for gap in gaps}
        return LiveState(
            objects=tuple(
                item
                for key, item in sorted(self.objects.items())
                if (one := kinds.get((key.group, key.kind))) is not None
                and one.covers(key.namespace)
                and key.namespace not in hidden.get((key.group, key.kind), ())
            ),
            unread=tuple(gaps),
        )

    def put(self, body: Body) -> None:
        item = KubeObject(body)
        self.objects[item.key] = item
        self.told.append(Came(context=self.context, live=item))

    def drop(self, key: ResourceKey) -> None:
        if self.objects.pop(key, None) is not None:
            self.told.append(Went(context=self.context, key=key))


class Both:
    """One standing check, and what a fresh one says."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.places = {name: Place(name) for name in ("edge-usw2", "management")}
        repository = wiring.repository(str(fleet.root))
        tools = Tools(
            clock=wiring.clock(), schemas=wiring.schemas(), readers=self.places.__getitem__
        )
        self.ways = Ways(
            tools=tools,
            repository=repository,
            builder=wiring.builder(None),
            contexts=contexts,
            selection=SELECTION,
        )
        self.world = World()
        self.round = 0
        self.wish: Wish | None = None
        self.standing: Standing
        for context, body in applied(fleet, fleet.revisions[0]):
            self.places[context].put(body)
        self.desire(fleet.revisions[0])

    def desire(self, revision: str) -> None:
        """Move to another commit; everything is told again, as after a new LIST."""
        self.desired = self.fleet.wishes[revision]
        self.wish = lay_out(
            self.desired,
            self.wish,
            schemas=self.ways.tools.schemas,
            yielded=wiring.yielded_applications,
            contexts=contexts,
        )
        self.round += 1
        self.world.take(self._told())
        for place in self.places.values():
            for item in place.objects.values():
                self.world.take([Came(context=place.context, live=item)])
        self.reach()
        self.world.take(self._told())
        assert self.world.knows(self.wish, self.round)
        self.standing = Standing(self.ways, self.world, self.wish)

    def reach(self) -> None:
        for place in self.places.values():
            if place.failure is None:
                place.told.append(Reached(context=place.context, round=self.round, schemas=None))

    def _told(self) -> list[Happened]:
        told: list[Happened] = []
        for place in self.places.values():
            told += place.told
            place.told = []
        return told

    def stands(self) -> DriftReport:
        """The report of the standing check after all that happened."""
        self.standing.take(self._told())
        self.standing.settle()
        return self.standing.report(started="2026-01-31T00:00:00Z", seconds=0.0)

    def fresh(self) -> DriftReport:
        found = check_desired(
            self.ways.tools,
            self.desired,
            self.ways.repository,
            self.ways.builder,
            yielded=wiring.yielded_applications,
            contexts=contexts,
            selection=SELECTION,
            since=("2026-01-31T00:00:00Z", self.ways.tools.clock.monotonic()),
        )
        return replace(found, duration_seconds=0.0)

    def refuse(self, context: str, group: str, kind: str, namespaces: frozenset[str]) -> None:
        """A right is taken away: the objects there are not known any more."""
        place = self.places[context]
        assert self.wish is not None
        for one in self.wish.wanted.get(context, ()):
            if (one.group, one.kind) == (group, kind):
                gap = NotRead(wanted=one, reason="403 Forbidden: no", namespaces=namespaces)
                place.gaps[group, kind] = gap
                place.told.append(KindRead(context=context, wanted=one, gap=gap))

    def allow(self, context: str, group: str, kind: str) -> None:
        place = self.places[context]
        gap = place.gaps.pop((group, kind), None)
        if gap is not None:
            place.told.append(KindRead(context=context, wanted=gap.wanted))

    def fail(self, context: str) -> None:
        self.places[context].failure = "connection refused"
        self.places[context].told.append(Lost(context=context, reason="connection refused"))

    def recover(self, context: str) -> None:
        self.places[context].failure = None
        self.reach()


MANAGERS = {"flux": "kustomize-controller", "argocd": "argocd-controller"}


def applied(fleet: Fleet, revision: str) -> list[tuple[str, Body]]:
    """All objects of a commit as the engine would have applied them, each with its place."""
    return [
        (part.context, live(item.body, MANAGERS[fleet.engine]))
        for row in fleet.wishes[revision].rows
        for part in row.parts
        for item in part.objects
    ]


def live(body: Mapping[str, Any], manager: str, at: str = "2026-01-01T00:00:00Z") -> Body:
    """*body* with managedFields that say *manager* applied all of it."""
    made: Body = copy.deepcopy(dict(body))
    metadata = made.setdefault("metadata", {})
    metadata["uid"] = "0"
    metadata["managedFields"] = [
        {
            "manager": manager,
            "operation": "Apply",
            "apiVersion": made["apiVersion"],
            "time": at,
            "fieldsType": "FieldsV1",
            "fieldsV1": {f"f:{name}": {} for name in made if name not in ("apiVersion", "kind")},
        }
    ]
    return made


def edited(item: KubeObject, change: Callable[[Body], None]) -> Body:
    """A live object after a person changed it."""
    body: Body = copy.deepcopy(dict(item.body))
    change(body)
    body["metadata"].setdefault("managedFields", []).append(
        {
            "manager": "kubectl-edit",
            "operation": "Update",
            "apiVersion": body["apiVersion"],
            "time": "2026-01-30T00:00:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:metadata": {"f:labels": {"f:by": {}}}, "f:spec": {"f:replicas": {}}},
        }
    )
    return body
