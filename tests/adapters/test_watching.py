"""The thread that watches, and how it ends."""

import asyncio
import gc
from pathlib import Path

import anyio
import pytest

from edgeops.adapters.watch_place import WatchedPlace
from edgeops.adapters.watching import ClusterWatcher


@pytest.mark.filterwarnings("error")
def test_ends_while_a_connection_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the HTTP client spawned a moment ago has not run yet: it ends in order all the same."""
    ended = []

    async def connect(_: WatchedPlace) -> None:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep_forever)
                asyncio.get_running_loop().stop()
        finally:
            ended.append(True)

    monkeypatch.setattr(WatchedPlace, "run", connect)
    watcher = ClusterWatcher(str(tmp_path / "kubeconfig"))
    watcher.want({"edge": []})
    watcher._thread.join(10)  # the test must see the very thread end, not ask it to
    watcher.close()
    gc.collect()
    assert ended == [True]
