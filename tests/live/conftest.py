"""Fixtures of the tests that run the whole program."""

from pathlib import Path

import pytest

from tests.kustomize56.build import binary
from tests.live.gadgets import crd, gadget

__all__ = ["crd", "gadget", "kustomize_56"]


@pytest.fixture(scope="session")
def kustomize_56() -> Path:
    """Kustomize 5.6.0, built when missing."""
    return binary()
