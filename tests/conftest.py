"""Fixtures for all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.adapters.gitrepo import isolate
from tests.faults.results import Results

# How long an example takes says how busy the machine is. Each run tries the same examples: who
# changes something is told what that breaks. `make fuzz` searches for what nobody has met.
settings.register_profile(
    "patient", deadline=None, derandomize=os.environ.get("HYPOTHESIS_PROFILE") != "long"
)
settings.load_profile("patient")

pytest_plugins = ["tests.controlplane.fixtures"]


@pytest.fixture(scope="session")
def results() -> Iterator[Results]:
    """Where trials are counted for ``docs/reliability.md``."""
    counted = Results()
    yield counted
    counted.write()


@pytest.fixture(autouse=True)
def own_git_identity(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Commits must not depend on, or be signed by, whoever runs the tests."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    config = home / ".gitconfig"
    config.write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in [name for name in os.environ if name in {"KUBECONFIG", "NO_COLOR"}]:
        monkeypatch.delenv(name)


@pytest.fixture
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in a home of one's own, and where what goes wrong finds nobody's repository."""
    isolate(monkeypatch, tmp_path / "home")
    monkeypatch.chdir(tmp_path)
