"""One fleet in the world: the repository that an engine follows, and who pushes to it."""

import io
import json
import subprocess
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.engines.engine import Engine
from tests.engines.flux import controllers as flux
from tests.engines.kubelets import join_nodes
from tests.engines.waiting import LIMIT_SECONDS, until
from tests.engines.world import CLUSTER, World
from tests.gitserver import PASSWORD, USER

HUB, EDGE, OTHER, THIRD = "region", "us-west-2-lax-1a", "us-west-2-las-1a", "us-west-2-phx-2a"
KINDS = (
    "namespaces,serviceresolvers,serviceintentions,servicedefaults,poddisruptionbudgets,"
    "deployments,statefulsets,services,configmaps,secrets,serviceaccounts"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command of edgeops said."""

    status: ExitStatus
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Site:
    """A fleet, its clone on disk and its bare repository on the git server."""

    def __init__(self, world: World, name: str, engine: str) -> None:
        self.world = world
        self.name = name
        self.engine_name = engine
        self.root = world.folder / "clones" / name
        self.bare = world.repositories / f"{name}.git"

    # Git

    @property
    def url(self) -> str:
        return f"{self.world.url}/{self.bare.name}"

    @property
    def engine(self) -> Engine:
        return self.world.engine(self.engine_name)

    @property
    def fleet(self) -> str:
        """How the engine's objects of this fleet's cluster begin."""
        return f"{self.name}-{CLUSTER}"

    def scaffold(self, *, mesh: str, zones: Sequence[str]) -> None:
        """Make both repositories, and have ``edgeops init --push`` fill them."""
        self.root.mkdir(parents=True)
        self.bare.mkdir(parents=True)
        git(self.bare, "init", "--quiet", "--bare", "--initial-branch=main")
        git(self.root, "init", "--quiet", "--initial-branch=main")
        password = quote(PASSWORD, safe="")
        git(self.root, "remote", "add", "origin", self.url.replace("//", f"//{USER}:{password}@"))
        spec = {
            "repository": {"url": self.url, "branch": "main", "secretRef": "edge-git"},
            "engine": self.engine_name,
            "mesh": {"provider": "consul", "edition": mesh.removeprefix("consul-")},
            "namespacePrefix": self.name,
            "app": "hashicups",
            "clusters": [
                {
                    "name": CLUSTER,
                    "region": "us-west-2",
                    "availabilityZones": ["us-west-2a", "us-west-2b"],
                    "zones": list(zones),
                }
            ],
        }
        whole = {
            "apiVersion": "edgeops.dev/v1alpha1",
            "kind": "EdgeFleet",
            "metadata": {"name": self.name},
            "spec": spec,
        }
        (self.root / "edgeops.yaml").write_text(json.dumps(whole, indent=2) + "\n")
        self.must("init", "--push")
        self.join_nodes()

    def join_nodes(self) -> None:
        """Nodes as ``edgeops nodes`` asks for them, where there are none yet."""
        needs = self.must("nodes", "-o", "json").document
        needs["zones"] = [zone for zone in needs["zones"] if zone["zone"] not in self.world.nodes]
        self.world.nodes |= {zone["zone"] for zone in needs["zones"]}
        join_nodes(self.world.plane, needs, storage_class="gp2")

    def connect(self) -> None:
        """The one time that a person applies something: credentials, and the engine's folder."""
        self.engine.add_credentials("edge-git", USER, PASSWORD, self.url)
        folder = self.root / "clusters" / CLUSTER / self.engine_name
        self.world.plane.kubectl("apply", "-k", str(folder), "--server-side")

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file of the clone."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path}: no {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def commit(self, message: str) -> str:
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "-m", message)
        return self.head()

    def push(self) -> None:
        """Push, and have the engine told as a webhook tells it."""
        git(self.root, "push", "--quiet", "origin", "main")
        self.engine.fetch(self.fleet)

    def head(self) -> str:
        return git(self.root, "rev-parse", "HEAD")

    # edgeops

    def edgeops(self, command: str, *args: str) -> Answer:
        """Run edgeops in this process, as somebody who may only read the cluster."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main([*command.split(), "-C", str(self.root), *args])
        return Answer(status=status, out=out.getvalue(), err=err.getvalue())

    def must(self, command: str, *args: str) -> Answer:
        answer = self.edgeops(command, *args)
        assert answer.status is ExitStatus.OK, f"edgeops {command}: {answer.err}"
        return answer

    def reading(self) -> tuple[str, str]:
        return "--kubeconfig", str(self.world.plane.kubeconfig("reader"))

    def drift(self, *args: str) -> tuple[ExitStatus, dict[str, Any]]:
        """``edgeops drift -o json``; an empty report where it printed none."""
        answer = self.edgeops("drift", "-o", "json", *self.reading(), *args)
        return answer.status, answer.document if answer.out.strip() else {"findings": []}

    def in_sync(self, *args: str) -> dict[str, Any]:
        """
        The report of a drift check that found nothing.

        Waits: a Service's or a PodDisruptionBudget's controllers may still be at work.
        """
        status, report = self.drift(*args)
        assert status is ExitStatus.OK, told(report)
        return report

    # The engine

    def synced(self, *zones: str, revision: str | None = None, limit: float = LIMIT_SECONDS) -> str:
        """Wait until the engine has applied a commit, HEAD unless told, to each zone."""
        revision = revision or self.head()
        for zone in zones:
            until(
                f"{self.engine_name} applied {revision[:8]} of {zone}; it says: {{}}",
                lambda zone=zone: self._has(zone, revision),  # type: ignore[misc]
                limit=limit,
            )
        return revision

    def _has(self, zone: str, revision: str) -> bool:
        self.engine.daemons.check()
        return self.engine.applied(self.fleet, zone) == revision

    def retire(self) -> None:
        """Take the fleet out of the world, so that the engines' next rounds are for others."""
        plane = self.world.plane
        label = f"app.kubernetes.io/part-of={self.name}"
        for kind in (
            *("applicationsets", "applications", "appprojects", "gitrepositories"),
            "kustomizations.kustomize.toolkit.fluxcd.io",
        ):
            plane.kubectl("delete", kind, "-A", "-l", label, "--wait=false", check=False)
        plane.kubectl("delete", "namespaces", "-l", label, "--wait=false", check=False)

    # The cluster

    def namespace(self, zone: str) -> str:
        return f"{self.name}-{zone}"

    def kubectl(self, zone: str, *args: str) -> str:
        """kubectl as the admin, in a zone's namespace."""
        return self.world.plane.kubectl(*args, "-n", self.namespace(zone)).stdout

    def uids(self, *zones: str) -> dict[str, str]:
        """Every object of the fleet that is no engine's, or those of some zones, and who it is."""
        items = self.world.get(KINDS, "-A", "-l", f"app.kubernetes.io/part-of={self.name}")
        return {
            f"{item['kind']}/{item['metadata'].get('namespace')}/{item['metadata']['name']}": item[
                "metadata"
            ]["uid"]
            for item in items
            # The accounts as which Flux applies zones are there.
            if item["metadata"].get("namespace") != flux.NAMESPACE
            and (not zones or item["metadata"]["labels"]["edgeops.dev/zone"] in zones)
        }


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(
        ("git", "-C", str(folder), *args), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
    return done.stdout.strip()


def told(report: dict[str, Any]) -> list[str]:
    """The findings and what was not read, in words."""
    lines = [
        f"{item['drift']} {item['zone']} {item['kind']}/{item['name']} ({item['cause']}) "
        + ", ".join(
            f"{entry['change']} {entry['path']} by {entry['manager']}" for entry in item["fields"]
        )
        for item in report["findings"]
    ]
    return lines + [f"unread {item['what']}: {item['reason']}" for item in report.get("unread", ())]
