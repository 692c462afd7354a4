"""Grounds of ``tests/live/byhand`` that the real Argo CD and the real Flux have synced from git."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.controlplane.server import ControlPlane
from tests.engines.argocd import controllers as argocd
from tests.engines.argocd.controllers import ArgoCD
from tests.engines.build import built
from tests.engines.flux import controllers as flux
from tests.engines.flux.controllers import Flux
from tests.engines.site import git
from tests.engines.waiting import until
from tests.gitserver import PASSWORD, USER, served
from tests.live.byhand.case import Body, Case
from tests.live.byhand.ground import Ground, in_parallel
from tests.live.fleet import Applied

_LIMIT_SECONDS = 900.0
_APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{argocd.NAMESPACE}/applications"
_KUSTOMIZATIONS = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{flux.NAMESPACE}/kustomizations"
_COMPARE = "argocd.argoproj.io/compare-options"
_REFRESH = "argocd.argoproj.io/refresh"
_HERE = "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster, a git server beside it, and where both keep their files."""

    plane: ControlPlane
    folder: Path
    url: str

    @property
    def repositories(self) -> Path:
        return self.folder / "repositories"


@contextmanager
def place(plane: ControlPlane, folder: Path) -> Iterator[Place]:
    """A git server for a cluster."""
    (folder / "repositories").mkdir(parents=True)
    with served(folder / "repositories") as url:
        yield Place(plane=plane, folder=folder, url=url)


class Synced(Ground):
    """A ground whose manifests an engine applies: a folder in git for each line."""

    __slots__ = ("place",)

    def __init__(self, where: Place, prefix: str, cases: Sequence[Case]) -> None:
        way = Applied(prefix, ("--server-side", "--force-conflicts", f"--field-manager={prefix}"))
        super().__init__(where.plane, way, prefix, where.folder / prefix, cases)
        self.place = where

    @property
    def clone(self) -> Path:
        return self.place.folder / f"{self.prefix}-clone"

    @property
    def url(self) -> str:
        return f"{self.place.url}/{self.prefix}.git"

    def publish(self, names: Iterable[str]) -> None:
        """Put the manifests of some lines into the repository that the engine reads."""
        self.clone.mkdir()
        git(self.clone, "init", "--quiet", "--initial-branch=main")
        for name in names:
            (self.clone / name).mkdir()
            shutil.copyfile(self.manifest(name), self.clone / name / "manifests.yaml")
        git(self.clone, "add", "--all")
        author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        git(self.clone, *author, "commit", "--quiet", "-m", "All lines")
        bare = self.place.repositories / f"{self.prefix}.git"
        git(self.clone, "clone", "--quiet", "--bare", ".", str(bare))


@contextmanager
def argo_cd(where: Place) -> Iterator[ArgoCD]:
    """The running Argo CD; the cluster needs no namespace for it yet."""
    where.plane.kubectl("create", "namespace", argocd.NAMESPACE)
    engine = ArgoCD(where.plane, where.folder)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()


class SyncedByArgoCD(Synced):
    """
    An Application for each line, which does not heal.

    Args:
        ours: set up as ``edgeops init`` does it, with server-side apply and diff; else as Argo CD
            has it by default.
    """

    __slots__ = ("engine", "ours")

    def __init__(
        self, where: Place, engine: ArgoCD, prefix: str, cases: Sequence[Case], *, ours: bool
    ) -> None:
        super().__init__(where, prefix, cases)
        self.engine = engine
        self.ours = ours

    def put(self, names: Iterable[str]) -> None:
        names = list(names)
        self.publish(names)
        self.engine.add_credentials("by-hand", USER, PASSWORD, self.url)
        _apply(self.plane, [self._project(), *(self._application(name) for name in names)])
        until("every line is synced", lambda: self._synced(len(names)), limit=_LIMIT_SECONDS)

    def differing(self) -> dict[str, list[str]]:
        """By line: the objects that Argo CD calls OutOfSync, after it has looked again."""
        told = self._looked_again()
        return {
            name: [
                f"{item['kind']}/{item['name']}"
                for item in told[name]["status"].get("resources", ())
                if item.get("status") == "OutOfSync"
            ]
            for name in self.lines
        }

    def orphaned(self) -> dict[str, bool]:
        """By line: whether it warns of objects that no Application has."""
        return {
            name: any(
                condition["type"] == "OrphanedResourceWarning"
                for condition in told["status"].get("conditions", ())
            )
            for name, told in self._applications().items()
        }

    def _looked_again(self) -> dict[str, Body]:
        def ask(name: str) -> None:
            patch = {"metadata": {"annotations": {_REFRESH: "normal"}}}
            status, _ = self.plane.request(
                "PATCH",
                f"{_APPLICATIONS}/{self.namespace(name)}",
                body=patch,
                content_type="application/merge-patch+json",
            )
            assert status == 200

        in_parallel(ask, self.lines)
        # It takes the request away when it has looked.
        return until("it has looked again", self._none_asked, limit=_LIMIT_SECONDS)

    def _none_asked(self) -> dict[str, Body]:
        found = self._applications()
        waits = [
            item for item in found.values() if _REFRESH in item["metadata"].get("annotations", {})
        ]
        return {} if waits else found

    def _synced(self, count: int) -> bool:
        self.engine.daemons.check()
        found = self._applications().values()
        phases = [item.get("status", {}).get("operationState", {}).get("phase") for item in found]
        failed = [
            item["status"]["operationState"].get("message")
            for item, phase in zip(found, phases, strict=True)
            if phase in {"Failed", "Error"}
        ]
        assert not failed, failed[0]
        return phases.count("Succeeded") == count

    def _applications(self) -> dict[str, Body]:
        items = self.plane.get(_APPLICATIONS)["items"]
        names = {item["metadata"]["name"]: item for item in items}
        return {
            name.removeprefix(f"{self.prefix}-"): item
            for name, item in names.items()
            if name.startswith(f"{self.prefix}-")
        }

    def _project(self) -> Body:
        anything = [{"group": "*", "kind": "*"}]
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": self.prefix, "namespace": argocd.NAMESPACE},
            "spec": {
                "sourceRepos": [self.url],
                "destinations": [{"server": _HERE, "namespace": "*"}],
                "clusterResourceWhitelist": anything,
                "namespaceResourceWhitelist": anything,
                "orphanedResources": {"warn": True},
            },
        }

    def _application(self, name: str) -> Body:
        policy: Body = {"automated": {"prune": False, "selfHeal": False}}
        annotations = {}
        if self.ours:
            policy["syncOptions"] = ["ServerSideApply=true"]
            annotations = {_COMPARE: "ServerSideDiff=true"}
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {
                "name": self.namespace(name),
                "namespace": argocd.NAMESPACE,
                "annotations": annotations,
            },
            "spec": {
                "project": self.prefix,
                "source": {"repoURL": self.url, "targetRevision": "main", "path": name},
                "destination": {"server": _HERE, "namespace": self.namespace(name)},
                "syncPolicy": policy,
            },
        }


@contextmanager
def flux_cd(where: Place) -> Iterator[Flux]:
    """The running Flux, for the objects of its own namespace."""
    where.plane.kubectl("create", "namespace", flux.NAMESPACE)
    engine = Flux(where.plane, where.folder, everywhere=False)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()


class SyncedByFlux(Synced):
    """A Kustomization for each line, which is not applied again by itself for a day."""

    __slots__ = ("engine",)

    def __init__(self, where: Place, engine: Flux, prefix: str, cases: Sequence[Case]) -> None:
        super().__init__(where, prefix, cases)
        self.engine = engine

    def put(self, names: Iterable[str]) -> None:
        names = list(names)
        self.publish(names)
        self.engine.add_credentials("by-hand", USER, PASSWORD, self.url)
        _apply(self.plane, [self._source(), *(self._kustomization(name) for name in names)])
        until("every line is applied", lambda: self._ready(len(names)), limit=_LIMIT_SECONDS)

    def diff(self, name: str) -> int:
        """The exit status of ``flux diff kustomization`` for a line: 0 the same, 1 different."""
        done = subprocess.run(
            (
                str(built("fluxcli") / "flux"),
                *("diff", "kustomization", self.namespace(name), "-n", flux.NAMESPACE),
                *("--path", str(self.clone / name), "--progress-bar=false"),
            ),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.place.folder),
                "KUBECONFIG": str(self.plane.kubeconfig()),
            },
            capture_output=True,
            check=False,
        )
        return done.returncode

    def _ready(self, count: int) -> bool:
        self.engine.daemons.check()
        ready = 0
        for item in self.plane.get(_KUSTOMIZATIONS)["items"]:
            for condition in item.get("status", {}).get("conditions", ()):
                if condition["type"] == "Ready":
                    ready += condition["status"] == "True"
        return ready == count

    def _source(self) -> Body:
        return {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": self.prefix, "namespace": flux.NAMESPACE},
            "spec": {
                "interval": "24h",
                "url": self.url,
                "ref": {"branch": "main"},
                "secretRef": {"name": "by-hand"},
            },
        }

    def _kustomization(self, name: str) -> Body:
        return {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": self.namespace(name), "namespace": flux.NAMESPACE},
            "spec": {
                "interval": "24h",
                "path": f"./{name}",
                "prune": True,
                "sourceRef": {"kind": "GitRepository", "name": self.prefix},
            },
        }


def _apply(plane: ControlPlane, bodies: Sequence[Body]) -> None:
    whole: dict[str, Any] = {"apiVersion": "v1", "kind": "List", "items": list(bodies)}
    plane.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(whole))
