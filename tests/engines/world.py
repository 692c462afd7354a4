"""A cluster with kubelets, a git server, and the real engines that sync from it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.controlplane.daemon import Daemon, free_port
from tests.controlplane.server import ControlPlane
from tests.engines.engine import Engine
from tests.engines.kubelets import start_kubelets
from tests.gitserver import served

CLUSTER = "edge-usw2"


class World:
    """
    All that the scenarios of one session share.

    Each scenario has a fleet of its own in it, with namespaces of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repositories = folder / "repositories"
        self.plane = ControlPlane(name=CLUSTER, controllers=True, scheduler=True)
        self.url = ""
        self.nodes: set[str] = set()
        self._kubelets: Daemon | None = None
        self._engines: dict[str, Engine] = {}
        self._git = ExitStack()

    def __enter__(self) -> Self:
        self.repositories.mkdir(parents=True)
        self._listen(free_port())
        self.plane.start()
        try:
            self.plane.install_crds()
            self._kubelets = start_kubelets(self.plane)
            for name in ("argocd", "flux-system"):
                self.plane.kubectl("create", "namespace", name)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for engine in self._engines.values():
            engine.stop()
        if self._kubelets is not None:
            self._kubelets.stop()
        self.plane.stop()
        self._git.close()

    def engine(self, name: str) -> Engine:
        """The running engine of that name, started when it is asked for first."""
        if name not in self._engines:
            self._engines[name] = _make(name, self.plane, self.folder)
            self._engines[name].start()
        return self._engines[name]

    def keep_logs(self, target: Path) -> None:
        """Copy what the engines and the control plane logged to a folder."""
        for name, engine in self._engines.items():
            engine.daemons.keep_logs(target / name)
        for log in self.plane.folder.glob("*.log"):
            (target / log.name).write_bytes(log.read_bytes())

    @contextmanager
    def without_git(self) -> Iterator[None]:
        """The git server is not there for a while."""
        port = int(self.url.rpartition(":")[2])
        self._git.close()
        try:
            yield
        finally:
            self._listen(port)

    def _listen(self, port: int) -> None:
        self._git = ExitStack()
        self.url = self._git.enter_context(served(self.repositories, port))

    def get(self, *args: str) -> list[dict[str, Any]]:
        """The objects that ``kubectl get`` lists."""
        items: list[dict[str, Any]] = json.loads(
            self.plane.kubectl("get", *args, "-o", "json").stdout
        )["items"]
        return items


def _make(name: str, plane: ControlPlane, folder: Path) -> Engine:
    if name == "flux":
        from tests.engines.flux.controllers import Flux

        return Flux(plane, folder)
    from tests.engines.argocd.controllers import ArgoCD

    return ArgoCD(plane, folder)
