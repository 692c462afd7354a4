"""Counts of what was tried, for ``docs/reliability.md``."""

from collections.abc import Iterator

import pytest

from tests.faults.results import Results
from tests.fuzz.strategies import EXECUTIONS


@pytest.fixture(scope="session", autouse=True)
def counted(results: Results) -> Iterator[None]:
    """A test that fails is not counted as wrong: then there is no page."""
    yield
    for what, tried in sorted(EXECUTIONS.items()):
        results.count("fuzzing", what, tried=tried)
