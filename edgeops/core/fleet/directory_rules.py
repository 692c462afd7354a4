"""``app: {base: DIR}``: what can be told of a directory before it is built."""

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from edgeops.core.fleet.model import Answer, DirectoryApp

if TYPE_CHECKING:
    from edgeops.core.fleet.spec import AnswerSpec, DirectorySpec

Refuse = Callable[[str, str], None]
"""Takes the path and what is wrong there."""

_OURS = ("overlays", "clusters", ".edgeops", ".git")
"""Folders whose content is not the application."""


def directory_of(spec: "DirectorySpec", refuse: Refuse) -> DirectoryApp:
    """The directory that *spec* names; what is wrong with it goes to *refuse*."""
    where = "spec.app.base"
    directory = posixpath.normpath(spec.base)
    if spec.base.startswith("/") or directory.startswith("..") or "\0" in spec.base:
        refuse(where, f"'{spec.base}' must be a directory below the one of this file")
    elif directory == ".":
        refuse(where, "the overlays stand in this directory too: put the manifests into one below")
    elif directory.partition("/")[0] in _OURS:
        refuse(where, f"'{directory.partition('/')[0]}/' is where edgeops writes: name another")
    for index, name in enumerate(spec.region_only):
        if name in spec.region_only[:index]:
            refuse(f"spec.app.regionOnly[{index}]", f"'{name}' is listed twice")
    names = [answer.name for answer in spec.services]
    for index, answer in enumerate(spec.services):
        _check(answer, f"spec.app.services[{index}]", names[:index], refuse)
    return DirectoryApp(
        directory=directory,
        region_only=tuple(spec.region_only),
        answers=tuple(_answer(answer) for answer in spec.services),
    )


def _check(spec: "AnswerSpec", path: str, before: list[str], refuse: Refuse) -> None:
    if spec.name in before:
        refuse(f"{path}.name", f"another service is called '{spec.name}' too")
    for index, upstream in enumerate(spec.upstreams or ()):
        if upstream == spec.name:
            refuse(f"{path}.upstreams[{index}]", f"'{upstream}' would call itself")
        elif upstream in (spec.upstreams or ())[:index]:
            refuse(f"{path}.upstreams[{index}]", f"'{upstream}' is listed twice")


def _answer(spec: "AnswerSpec") -> Answer:
    return Answer(
        name=spec.name,
        protocol=spec.protocol,
        port=spec.port,
        placement=spec.placement,
        upstreams=None if spec.upstreams is None else tuple(spec.upstreams),
        front=spec.front,
    )
