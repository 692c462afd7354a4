"""Argo CD's application controller, repo server and ApplicationSet controller, as processes."""

import base64
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import yaml

from edgeops.core.plan.argocd import consul_health_checks
from tests.controlplane.daemon import free_port, listening
from tests.controlplane.server import ControlPlane
from tests.engines.build import built, upstream_file
from tests.engines.daemons import Daemons

NAMESPACE = "argocd"
APPLIER = "argocd-controller"
"""The field manager of what Argo CD applies server-side."""

_MODULE = "github.com/argoproj/argo-cd/v3"
_LABELS = {"app.kubernetes.io/part-of": "argocd"}


class ArgoCD:
    """All three, and the redis between them, for one cluster."""

    name = "argocd"
    namespace = NAMESPACE

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self.plane = plane
        self.daemons = Daemons(folder / "argocd")
        self._data = folder / "argocd-data"

    def start(self) -> None:
        """Start them, and wait until they listen."""
        self._install()
        cache, manifests = free_port(), free_port()
        redis = shutil.which("redis-server")
        assert redis, "no redis-server on PATH: apt-get install redis-server"
        self.daemons.run(
            "redis",
            (redis, f"--port {cache}", "--bind 127.0.0.1", "--save ''", "--appendonly no"),
            {},
        ).wait_until("listening", lambda: listening(cache))
        common = (
            f"--kubeconfig={self.plane.kubeconfig()}",
            f"--namespace={NAMESPACE}",
        )
        self._run(
            "argocd-repo-server",
            f"--redis=127.0.0.1:{cache}",
            *("--address=127.0.0.1", f"--port={manifests}"),
            *("--metrics-address=127.0.0.1", f"--metrics-port={free_port()}"),
            *("--disable-tls", "--client-ca-path="),
        ).wait_until("listening", lambda: listening(manifests))
        self._run(
            "argocd-application-controller",
            *common,
            f"--redis=127.0.0.1:{cache}",
            *(f"--repo-server=127.0.0.1:{manifests}", "--repo-server-plaintext"),
            f"--metrics-port={free_port()}",
            *("--status-processors=4", "--operation-processors=4"),
        )
        self._run(
            "argocd-applicationset-controller",
            *common,
            *(f"--argocd-repo-server=127.0.0.1:{manifests}", "--repo-server-plaintext"),
            f"--metrics-addr=127.0.0.1:{free_port()}",
            f"--probe-addr=127.0.0.1:{free_port()}",
            f"--webhook-addr=127.0.0.1:{free_port()}",
        )

    def _run(self, program: str, *flags: str) -> Any:
        folders = {
            "ARGOCD_TLS_DATA_PATH": "tls",
            "ARGOCD_SSH_DATA_PATH": "ssh",
            "ARGOCD_GPG_DATA_PATH": "gpg",
            "ARGOCD_GNUPGHOME": "gpg-home",
            "ARGOCD_PLUGINSOCKFILEPATH": "plugins",
            "TMPDIR": "tmp",
            "HOME": "home",
        }
        for name in folders.values():
            (self._data / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        # The API server books what it writes under the name that it was called by.
        programs = self._data / "bin"
        programs.mkdir(exist_ok=True)
        for called in (program, "argocd"):
            (programs / called).unlink(missing_ok=True)
            (programs / called).symlink_to(built("argocd") / "argocd")
        # Asked of every commit, whether signatures are wanted or not. A module has no modes.
        wrapper = programs / "git-verify-wrapper.sh"
        shutil.copyfile(upstream_file("argocd", _MODULE, f"hack/{wrapper.name}"), wrapper)
        wrapper.chmod(0o755)
        env = {name: str(self._data / folder) for name, folder in folders.items()}
        env |= {
            "ARGOCD_GPG_ENABLED": "false",
            # Else "in-cluster" would be looked for in the files that a pod has.
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_ASK_PASS_SOCK": str(self._data / "ask-pass.sock"),
            "KUBECONFIG": str(self.plane.kubeconfig()),
            # git asks a program called argocd for the password.
            "PATH": os.pathsep.join((str(built("kustomize")), str(programs), os.environ["PATH"])),
        }
        return self.daemons.run(program, (str(programs / program), *flags), env)

    def _install(self) -> None:
        """What its installation puts into the cluster, and Consul's health as we advise it."""
        files = built("argocd")
        for file in sorted(files.glob("*-crd.yaml")):
            self.plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(file))
        settings = yaml.safe_load((files / "argocd-cm.yaml").read_text(encoding="utf-8"))
        settings["data"] |= consul_health_checks()
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        secret: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "argocd-secret", "labels": _LABELS},
            "stringData": {"server.secretkey": key},
        }
        for body in (settings, secret):
            body["metadata"]["namespace"] = NAMESPACE
            self.plane.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(body))

    def stop(self) -> None:
        self.daemons.stop()

    def add_credentials(self, name: str, user: str, password: str, url: str) -> None:
        """A Secret that Argo CD knows a repository by."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": f"{name}-{url.rpartition('/')[2].partition('.')[0]}",
                "namespace": NAMESPACE,
                "labels": {"argocd.argoproj.io/secret-type": "repository"},
            },
            "stringData": {"type": "git", "url": url, "username": user, "password": password},
        }
        self.plane.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(body))

    def fetch(self, fleet: str) -> None:
        """Tell it that there was a push, as its webhook does."""
        self._annotate("applicationset", fleet, "argocd.argoproj.io/application-set-refresh=true")
        for name in self._applications(fleet):
            self._annotate("application", name, "argocd.argoproj.io/refresh=normal")

    def resync(self, fleet: str, zone: str) -> None:
        """Have a zone compared now; what differs, it then heals by itself."""
        self._annotate("application", f"{fleet}-{zone}", "argocd.argoproj.io/refresh=normal")

    def _applications(self, fleet: str) -> list[str]:
        listed = self.plane.get(f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications")
        names = [item["metadata"]["name"] for item in listed["items"]]
        return [name for name in names if name == fleet or name.startswith(f"{fleet}-")]

    def _annotate(self, kind: str, name: str, annotation: str) -> None:
        self.plane.kubectl("annotate", kind, name, annotation, "-n", NAMESPACE, "--overwrite")

    def pause(self, fleet: str, zone: str) -> None:
        """By hand: no automated sync of this zone until somebody takes that back."""
        self._automate(fleet, zone, "false")

    def resume(self, fleet: str, zone: str) -> None:
        self._automate(fleet, zone, "true")

    def _automate(self, fleet: str, zone: str, value: str) -> None:
        patch = f'{{"spec":{{"syncPolicy":{{"automated":{{"enabled":{value}}}}}}}}}'
        self.plane.kubectl(
            *("patch", "application", f"{fleet}-{zone}", "-n", NAMESPACE),
            *("--type=merge", "-p", patch),
        )

    def applied(self, fleet: str, zone: str) -> str | None:
        """The commit as which a zone was last synced, or found to be already."""
        status = self.object(fleet, zone).get("status", {})
        compared = status.get("sync", {})
        operation = status.get("operationState", {})
        if operation.get("phase") == "Running":
            return None
        if compared.get("status") == "Synced":
            return str(compared["revision"])
        found = operation.get("syncResult", {}).get("revision")
        return str(found) if found and operation.get("phase") == "Succeeded" else None

    def failure(self, fleet: str, zone: str) -> str | None:
        """What it says is wrong with a zone, or None."""
        status = self.object(fleet, zone).get("status", {})
        said = [item["message"] for item in status.get("conditions", ())]
        operation = status.get("operationState", {})
        if operation.get("phase") in {"Failed", "Error"}:
            said.append(operation.get("message", ""))
        return "\n".join(said) or None

    def without_source(self, fleet: str) -> bool:
        """Whether it says that it cannot fetch."""
        return bool(self.failure(fleet, ""))

    def object(self, fleet: str, zone: str) -> dict[str, Any]:
        """The Application of a zone, ``{}`` when there is none."""
        name = f"{fleet}-{zone}" if zone else fleet
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications/{name}"
        status, _ = self.plane.request("GET", path)
        found: dict[str, Any] = self.plane.get(path) if status == 200 else {}
        return found
