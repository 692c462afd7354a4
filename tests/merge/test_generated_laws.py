"""
Both sides change the very files that edgeops generates, at places of their own.

Nothing may collide then, and afterwards there is what each side did, and nothing else: what the
user changed and the template did not, and the other way round.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from edgeops import wiring
from edgeops.core import documents
from edgeops.core.merge.files import merge_file
from edgeops.core.plan.repository import plan_repository
from tests.core.fleets import variant
from tests.merge.styles import written

FILES = {
    f"{engine}: {file.path}": file
    for engine, mesh in (("argocd", "consul-enterprise"), ("flux", "consul-community"))
    for file in plan_repository(variant(engine, mesh))
    if file.path.endswith(".yaml")
}
IDENTITY = frozenset(
    ("apiVersion", "kind", "metadata", "name", "namespace", "port", "containerPort", "protocol",
     "mountPath", "key", "operator", "effect", "topologyKey", "whenUnsatisfiable", "path", "group",
     "server")
)  # fmt: skip
"""Fields that say which element of a list it is: a change of them is another element."""

NEW: dict[str, dict[str, Any]] = {
    "ports": {"containerPort": 9, "port": 9, "protocol": "UDP"},
    "sources": {"namespace": "mine", "action": "allow"},
    "volumeMounts": {"mountPath": "/mine"},
}
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of a document: a field set, or taken away, or an element added to a list."""

    path: Path
    value: Any
    adds: bool = False
    ordered: bool = False
    """Whether it adds to a list whose order counts: there are two additions at one place."""

    def collides(self, other: "Edit") -> bool:
        shorter, longer = sorted((self, other), key=lambda edit: len(edit.path))
        if longer.path[: len(shorter.path)] != shorter.path:
            return False
        if longer.path == shorter.path and shorter.ordered:
            return True
        return not shorter.adds or (longer.path == shorter.path and not longer.adds)

    def done(self, body: Any) -> None:
        place = body
        for step in self.path if self.adds else self.path[:-1]:
            place = place[step]
        if self.adds:
            place.append(self.value)
        elif self.value is None:
            place.pop(self.path[-1], None)
        else:
            place[self.path[-1]] = self.value


def places(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield at, value
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(below, (*at, key))


def possible(body: Any, mark: str) -> Iterator[Edit]:
    """Every edit that says something of *mark*, for the test to choose from."""
    for path, value in places(body):
        last = path[-1] if path else None
        if isinstance(value, dict):
            yield Edit(path=(*path, mark), value={"a": mark})
        elif isinstance(value, list):
            if value and all(isinstance(item, str) for item in value):
                # Those of a kustomization are sets; Kubernetes takes its own as they are written.
                ordered = body.get("kind") not in {"Kustomization", "Component"}
                yield Edit(path=path, value=mark, adds=True, ordered=ordered)
            elif value and all(isinstance(item, dict) and "name" in item for item in value):
                new = {
                    name: item
                    for name, item in NEW.get(str(last), {}).items()
                    if any(name in element for element in value)
                }
                # Of two sides that add one port, one thing comes: each has its own here.
                new |= {name: item + len(mark) for name, item in new.items() if name == "port"}
                yield Edit(path=path, value={"name": mark, **new}, adds=True)
        elif isinstance(last, str) and last not in IDENTITY:
            yield Edit(path=path, value=f"{mark}: 'x' #y")
            yield Edit(path=path, value=None)


@st.composite
def changes(draw: Any, body: Any, mark: str) -> list[Edit]:
    """Some edits that do not touch each other."""
    found: list[Edit] = []
    for number in range(draw(st.integers(1, 4))):
        edit = draw(st.sampled_from(list(possible(body, mark + "x" * number))))
        if not any(edit.collides(other) for other in found):
            found.append(edit)
    return found


def after(body: Any, edits: list[Edit]) -> Any:
    made = copy.deepcopy(body)
    for edit in edits:
        edit.done(made)
    return made


def unordered(value: Any) -> Any:
    """*value* without the order of its lists and keys: where a thing stands is not asked here."""
    if isinstance(value, dict):
        return {key: unordered(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((unordered(below) for below in value), key=documents.dump_json)
    return value


# A layout is hundreds of choices: to make them fewer takes minutes, and tells nothing more.
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(data=st.data())
def test_what_each_side_did_is_there_and_nothing_collides(data: st.DataObject) -> None:
    file = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    text = file.content
    bodies = [document.value for document in documents.load_all(text)]
    number = data.draw(st.integers(0, len(bodies) - 1))
    theirs = data.draw(changes(bodies[number], "theirs"))
    mine = data.draw(changes(bodies[number], "mine"))
    mine = [edit for edit in mine if not any(edit.collides(other) for other in theirs)]
    assume(mine)

    def tree(*edits: Edit) -> list[Any]:
        return [*bodies[:number], after(bodies[number], list(edits)), *bodies[number + 1 :]]

    generated = "---\n".join(documents.dump_yaml(body) for body in tree(*theirs))
    yours = data.draw(st.sampled_from(["as generated", "by hand"]))
    if yours == "as generated":
        edited = "---\n".join(documents.dump_yaml(body) for body in tree(*mine))
    else:
        edited = "".join(
            f"---\n{written(data.draw, body).removeprefix('---').lstrip()}".rstrip("\r\n") + "\n"
            for body in tree(*mine)
        )
    assume([document.value for document in documents.load_all(edited)] == tree(*mine))

    found = merge_file(
        file.path, text.encode(), generated.encode(), edited.encode(), schemas=wiring.schemas()
    )

    assert found.conflicts == ()
    result = [document.value for document in documents.load_all(found.content)]
    assert unordered(result) == unordered(tree(*theirs, *mine))
    again = merge_file(
        file.path, text.encode(), generated.encode(), found.content, schemas=wiring.schemas()
    )
    assert again.content == found.content


@pytest.mark.parametrize("mark", ["mine"])
def test_there_are_edits_of_every_kind(mark: str) -> None:
    """So that the law above cannot hold for want of edits."""
    edits = [
        edit
        for file in FILES.values()
        for document in documents.load_all(file.content)
        for edit in possible(document.value, mark)
    ]
    assert len({edit.path for edit in edits if edit.adds}) > 20
    assert len({edit.path for edit in edits if edit.value is None}) > 100
