"""Flux's source-controller and kustomize-controller, as processes beside a control plane."""

import time
from pathlib import Path
from typing import Any

from tests.controlplane.daemon import free_port, listening
from tests.controlplane.server import ControlPlane
from tests.engines.build import built
from tests.engines.daemons import Daemons

NAMESPACE = "flux-system"
SOURCE = "gitrepositories.source.toolkit.fluxcd.io"
KUSTOMIZATION = "kustomizations.kustomize.toolkit.fluxcd.io"
APPLIER = "kustomize-controller"
"""The field manager of what Flux applies."""


class Flux:
    """
    Both controllers, for one cluster.

    Args:
        everywhere: follow their objects in all namespaces, as an installation does.
    """

    name = "flux"
    namespace = NAMESPACE

    def __init__(self, plane: ControlPlane, folder: Path, *, everywhere: bool = True) -> None:
        self.plane = plane
        self.everywhere = everywhere
        self.daemons = Daemons(folder / "flux")
        self._storage = folder / "flux-storage"
        self._storage.mkdir(exist_ok=True)

    def start(self) -> None:
        """Start both, and wait until artifacts are served."""
        files = free_port()
        watched = f"--watch-all-namespaces={str(self.everywhere).lower()}"
        common = (watched, "--enable-leader-election=false", "--events-addr=")
        # Where Flux runs in a cluster, its namespace is in this variable.
        env = {
            "KUBECONFIG": str(self.plane.kubeconfig()),
            "RUNTIME_NAMESPACE": NAMESPACE,
            "TMPDIR": str(self._storage),
        }
        programs = built("flux")
        source = self.daemons.run(
            "source-controller",
            (
                *(str(programs / "source-controller"), *common, *_ports()),
                f"--storage-path={self._storage}",
                f"--storage-addr=127.0.0.1:{files}",
                f"--storage-adv-addr=127.0.0.1:{files}",
                "--requeue-dependency=2s",
            ),
            env,
        )
        self.daemons.run(
            "kustomize-controller",
            (
                *(str(programs / "kustomize-controller"), *common, *_ports()),
                "--requeue-dependency=2s",
                # What waits for health holds one, also when its fleet has been retired meanwhile.
                "--concurrent=16",
            ),
            env,
        )
        source.wait_until("serving artifacts", lambda: listening(files))

    def stop(self) -> None:
        self.daemons.stop()

    def add_credentials(self, name: str, user: str, password: str, url: str) -> None:
        """The Secret that ``spec.secretRef`` of a GitRepository names."""
        self.plane.kubectl(
            *("create", "secret", "generic", name, "-n", NAMESPACE),
            *(f"--from-literal=username={user}", f"--from-literal=password={password}"),
            check=False,
        )

    def fetch(self, fleet: str) -> None:
        """Tell it that there was a push, as a Receiver of Flux does."""
        self._ask("gitrepository", fleet)

    def resync(self, fleet: str, zone: str) -> None:
        """Ask for a zone to be applied now, as ``flux reconcile kustomization`` does."""
        self._ask("kustomization.kustomize.toolkit.fluxcd.io", f"{fleet}-{zone}")

    def _ask(self, kind: str, name: str) -> None:
        now = f"reconcile.fluxcd.io/requestedAt={time.time_ns()}"
        self.plane.kubectl("annotate", kind, name, now, "-n", NAMESPACE, "--overwrite")

    def pause(self, fleet: str, zone: str) -> None:
        """As ``flux suspend``: this zone is not applied until somebody resumes it."""
        self._suspend(fleet, zone, "true")

    def resume(self, fleet: str, zone: str) -> None:
        self._suspend(fleet, zone, "null")

    def _suspend(self, fleet: str, zone: str, value: str) -> None:
        patch = f'{{"spec":{{"suspend":{value}}}}}'
        self.plane.kubectl(
            *("patch", KUSTOMIZATION, f"{fleet}-{zone}", "-n", NAMESPACE),
            # Under kubectl's own name it would be undone with the next apply of its folder.
            *("--type=merge", "-p", patch, "--field-manager=flux"),
        )

    def applied(self, fleet: str, zone: str) -> str | None:
        """The commit that a zone was applied as, and was found healthy; None before the first."""
        found = self.object(fleet, zone).get("status", {}).get("lastAppliedRevision")
        return str(found).rpartition(":")[2] if found else None

    def tried(self, fleet: str, zone: str) -> str | None:
        """The commit that it last tried to apply."""
        found = self.object(fleet, zone).get("status", {}).get("lastAttemptedRevision")
        return str(found).rpartition(":")[2] if found else None

    def failure(self, fleet: str, zone: str) -> str | None:
        """What it says is wrong with a zone, or None."""
        for condition in self.object(fleet, zone).get("status", {}).get("conditions", ()):
            if condition["type"] == "Ready" and condition["status"] == "False":
                return str(condition["message"])
        return None

    def without_source(self, fleet: str) -> bool:
        """Whether it says that it cannot fetch."""
        path = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/gitrepositories/{fleet}"
        conditions = self.plane.get(path).get("status", {}).get("conditions", ())
        return any(item["type"] == "FetchFailed" for item in conditions)

    def object(self, fleet: str, zone: str) -> dict[str, Any]:
        """What it keeps of a zone, ``{}`` when there is nothing."""
        name = f"{fleet}-{zone}" if zone else fleet
        path = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations/{name}"
        status, _ = self.plane.request("GET", path)
        found: dict[str, Any] = self.plane.get(path) if status == 200 else {}
        return found


def _ports() -> tuple[str, ...]:
    return (f"--metrics-addr=127.0.0.1:{free_port()}", f"--health-addr=127.0.0.1:{free_port()}")
