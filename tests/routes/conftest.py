"""Consul's own judge, once a session."""

from collections.abc import Iterator

import pytest

from tests.consulchain.judge import Judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    found = Judge()
    yield found
    found.close()
