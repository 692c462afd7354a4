"""Whatever stands in a manifest, the rules give an answer: what is wrong there the schema says."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops import wiring
from edgeops.core import documents
from edgeops.core.fleet.model import EngineKind
from edgeops.core.lint import Folder, Repository, judge
from edgeops.core.objects import KubeObject, Origin, is_object
from edgeops.core.plan.repository import plan_repository
from tests.core.fleets import ENGINES, variant

JUNK = st.sampled_from([None, True, 7, 1.5, "junk", "", [], ["a"], [{"a": 1}], {}, {"a": [1]}])


def _repository(engine: str) -> Repository:
    """A planned repository whose folders hold their files' documents as they are."""
    fleet = variant(engine)
    files = {file.path: file.content.encode() for file in plan_repository(fleet)}
    cluster = fleet.clusters[0]
    folders = [Folder(path=zone.overlay, cluster=cluster, zone=zone) for zone in cluster.zones]
    engine_path = f"clusters/{cluster.name}/{EngineKind(engine)}"
    folders.append(Folder(path=engine_path, cluster=cluster))
    return Repository(
        fleet=fleet,
        folders=tuple(
            Folder(
                path=folder.path,
                cluster=folder.cluster,
                zone=folder.zone,
                objects=tuple(_objects(files, folder)),
            )
            for folder in folders
        ),
        files=files,
        mirror={},
        schemas=wiring.schemas(),
    )


def _objects(files: dict[str, bytes], folder: Folder) -> Iterator[KubeObject]:
    for path, content in files.items():
        ours = path.startswith(f"{folder.path}/") or (folder.zone and path.startswith("base/"))
        if ours and path.endswith(".yaml"):
            for item in documents.load_all(content):
                if is_object(item.value):
                    yield KubeObject(item.value, Origin(path=path, line=item.line))


REPOSITORIES = {engine: _repository(engine) for engine in ENGINES}


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, (*at, key))


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_junk_in_an_object_is_no_crash(engine: str, data: st.DataObject) -> None:
    whole = REPOSITORIES[engine]
    number = data.draw(st.integers(0, len(whole.folders) - 1))
    folder = whole.folders[number]
    index = data.draw(st.integers(0, len(folder.objects) - 1))
    body = copy.deepcopy(folder.objects[index].body)
    place = data.draw(st.sampled_from([at for at in _places(body) if at]))
    target: Any = body
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = data.draw(JUNK)
    if not is_object(body):
        return
    item = KubeObject(body, folder.objects[index].origin)
    objects = (*folder.objects[:index], item, *folder.objects[index + 1 :])
    spoilt = Folder(path=folder.path, cluster=folder.cluster, zone=folder.zone, objects=objects)
    folders = (*whole.folders[:number], spoilt, *whole.folders[number + 1 :])
    found = judge(
        Repository(
            fleet=whole.fleet,
            folders=folders,
            files={},
            mirror={},
            schemas=whole.schemas,
            callers=whole.fleet,
        ),
        {},
    )
    assert found.status in {"Valid", "Invalid"}


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_junk_in_a_file_is_no_crash(engine: str, data: st.DataObject) -> None:
    whole = REPOSITORIES[engine]
    path = data.draw(st.sampled_from(sorted(one for one in whole.files if one.endswith(".yaml"))))
    text = documents.load_all(whole.files[path])
    bodies = [copy.deepcopy(item.value) for item in text]
    if not isinstance(bodies[0], dict):
        return
    place = data.draw(st.sampled_from([at for at in _places(bodies) if len(at) > 1]))
    target: Any = bodies
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = data.draw(JUNK)
    content = "---\n".join(documents.dump_yaml(body) for body in bodies).encode()
    found = judge(
        Repository(
            fleet=whole.fleet,
            folders=whole.folders,
            files={**whole.files, path: content},
            mirror=whole.files,
            schemas=whole.schemas,
            callers=whole.fleet,
        ),
        {},
    )
    assert found.status in {"Valid", "Invalid"}
