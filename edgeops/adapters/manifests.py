"""Desired manifests and ignore rules from files that belong to no fleet."""

import sys
from collections.abc import Sequence
from pathlib import Path

from edgeops.adapters.snapshot import Snapshot
from edgeops.core import documents
from edgeops.core.ignore import IgnoreRule, parse_rules
from edgeops.core.objects import KubeObject
from edgeops.errors import ConfigurationError, DesiredStateError, LiveStateError, Problem


def read_manifests(places: Sequence[str]) -> tuple[KubeObject, ...]:
    """
    The objects of files, directories or standard input (``-``), in their order.

    Raises:
        DesiredStateError: if one of them is not readable or not Kubernetes.
    """
    try:
        return tuple(item for place in places for item in Snapshot(place).objects())
    except LiveStateError as error:
        raise DesiredStateError(str(error)) from error


def read_ignore_rules(place: str) -> tuple[IgnoreRule, ...]:
    """
    The rules of an ignore file: a YAML list in Argo CD's or Flux's shape.

    Raises:
        ConfigurationError: if the file cannot be read, or an entry is no rule.
    """
    try:
        text = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
        entries = documents.load(text)
    except OSError as error:
        problem = Problem(path="", message=f"cannot be read: {error.strerror or error}.")
        raise ConfigurationError(place, [problem]) from error
    except documents.DocumentError as error:
        raise ConfigurationError(
            place, [Problem(path="", message=str(error), line=error.line)]
        ) from error
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise ConfigurationError(place, [Problem(path="", message="must be a list of rules.")])
    return parse_rules(entries, source=place, place="")
