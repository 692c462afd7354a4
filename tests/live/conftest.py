"""Fixtures of the tests that run the whole program."""

from pathlib import Path

import pytest

from tests.kustomize56.build import binary


@pytest.fixture(scope="session")
def kustomize_56() -> Path:
    """Kustomize 5.6.0, built when missing."""
    return binary()
