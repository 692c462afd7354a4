"""What a line of the table says, and the shortest ways of saying what somebody types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeops.core import documents

CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"
CHANGED, ADDED, REMOVED = "changed", "added", "removed"
ALICE = "alice"
NOBODY = ""
"""The manager of what the API server books under no name."""

Body = dict[str, Any]
_APP = Path(__file__).with_name("app.yaml")


@dataclass(frozen=True, slots=True)
class Command:
    """One kubectl command, made in the line's namespace."""

    args: tuple[str, ...]
    input: str | None = None
    """Standard input."""

    editor: str | None = None
    """The command that ``kubectl edit`` opens the file with."""

    manager: str = NOBODY
    """The field manager under which the API server books it."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    One line: what somebody does, and what drift says of it.

    Args:
        name: short, fit for a namespace.
        why: the intent, in a line.
        target: kind and name of the object concerned.
        found: change and path of every field that the finding must name, and no other.
        drift: what kind of finding; None if there must be none.
        beside: objects of the app that are needed too.
        anew: whether only making the object anew undoes it. What the API server assigned at
            somebody's request is booked under their name for good.
    """

    name: str
    why: str
    command: Command
    target: str
    found: tuple[tuple[str, str], ...] = ()
    severity: str | None = None
    drift: str | None = "Modified"
    beside: tuple[str, ...] = ()
    anew: bool = False

    @property
    def kind(self) -> str:
        return self.target.partition("/")[0]

    @property
    def object_name(self) -> str:
        return self.target.partition("/")[2]

    @property
    def needs(self) -> frozenset[str]:
        """Kind and name of the objects of the app that the line's namespace has."""
        return frozenset({"Namespace/NAMESPACE", self.target, *self.beside})


@dataclass(frozen=True, slots=True)
class App:
    """The objects of ``app.yaml`` by kind and name."""

    objects: Mapping[str, Body] = field(
        default_factory=lambda: {
            f"{item.value['kind']}/{item.value['metadata']['name']}": item.value
            for item in documents.load_all(_APP.read_bytes())
        }
    )

    def manifest(self, target: str, namespace: str = "NAMESPACE") -> Body:
        """A copy of one object as git has it in a namespace."""
        text = json.dumps(self.objects[target]).replace("NAMESPACE", namespace)
        body: Body = json.loads(text)
        if body["kind"] != "Namespace":
            body["metadata"]["namespace"] = namespace
        return body


APP = App()


def plain(*args: str, manager: str | None = None) -> Command:
    """A command as it is typed; by default its manager is called after the command."""
    return Command(args, manager=f"kubectl-{args[0]}" if manager is None else manager)


def patch(
    target: str, body: object, form: str = "merge", manager: str = "kubectl-patch", *flags: str
) -> Command:
    """``kubectl patch`` in one of its three forms."""
    named = () if manager == "kubectl-patch" else (f"--field-manager={manager}",)
    args = ("patch", *_words(target), f"--type={form}", "-p", json.dumps(body), *named, *flags)
    return Command(args, manager=manager)


def pod(**spec: object) -> Body:
    """A strategic patch of a pod template's spec."""
    return {"spec": {"template": {"spec": spec}}}


def container(**fields: object) -> Body:
    """A strategic patch of the container ``web``."""
    return pod(containers=[{"name": "web", **fields}])


def operation(op: str, path: str, value: object = None) -> list[Body]:
    """A JSON patch of one operation."""
    return [{"op": op, "path": path, **({} if op == "remove" else {"value": value})}]


def edit(target: str, script: str) -> Command:
    """``kubectl edit`` with an editor that runs a sed script."""
    editor = f"sed -i -e '{script}'"
    return Command(("edit", *_words(target)), editor=editor, manager="kubectl-edit")


def applied(target: str, change: Body, *, server_side: bool) -> Command:
    """``kubectl apply`` as alice, of the whole manifest with a change in it."""
    args = ("apply", "-f", "-", f"--field-manager={ALICE}")
    flags = ("--server-side", "--force-conflicts") if server_side else ()
    body = _merged(APP.manifest(target), change)
    return Command((*args, *flags), input=json.dumps(body), manager=ALICE)


def replaced(target: str, change: Body) -> Command:
    """``kubectl replace`` of the whole manifest with a change in it."""
    body = _merged(APP.manifest(target), change)
    return Command(("replace", "-f", "-"), input=json.dumps(body), manager="kubectl-replace")


def created(body: Body, manager: str = "kubectl-create", *flags: str) -> Command:
    """``kubectl create`` of an object that git does not have."""
    named = () if manager == "kubectl-create" else (f"--field-manager={manager}",)
    args = ("create", "-f", "-", *named, *flags)
    return Command(args, input=json.dumps(body), manager=manager)


def deleted(target: str) -> Command:
    """``kubectl delete``."""
    return Command(("delete", *_words(target), "--wait=false"))


def _words(target: str) -> tuple[str, str]:
    kind, _, name = target.partition("/")
    return _PLURALS.get(kind, kind.lower()), name


_PLURALS = {"Kustomization": "kustomizations.kustomize.toolkit.fluxcd.io"}


def _merged(body: Body, change: Body) -> Body:
    whole = dict(body)
    for name, value in change.items():
        below = whole.get(name)
        whole[name] = (
            _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return whole
