"""
Record the dump that ``make demo`` compares: ``python -m scripts.record_dump``.

A real API server (tests.controlplane) is given what ``edgeops init`` writes for the project's
own ``edgeops.yaml``, as Argo CD would apply it; then somebody changes things with kubectl. What
``kubectl get --show-managed-fields`` says of it is kept, less what would make two recordings
differ: uids, resource versions, status, and the exact times, which are moved to one fixed day.
Who wrote which field, and in which order, stays as the server recorded it.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.server import ControlPlane

ROOT = Path(__file__).parent.parent
DUMP = ROOT / "scripts" / "demo" / "live.yaml"
CLUSTER = "edge-usw2"
PREFIX = "demo-app"
ENGINE_NAMESPACE = "argocd"
REGION, LOS_ANGELES, LAS_VEGAS, WAVELENGTH = (
    "region",
    "us-west-2-lax-1a",
    "us-west-2-las-1a",
    "us-west-2-wl1-las-wlz-1",
)
ZONES = (REGION, LOS_ANGELES, LAS_VEGAS, WAVELENGTH)
KINDS = (
    "configmaps",
    "secrets",
    "serviceaccounts",
    "services",
    "deployments.apps",
    "statefulsets.apps",
    "poddisruptionbudgets.policy",
    "servicedefaults.consul.hashicorp.com",
    "serviceintentions.consul.hashicorp.com",
    "serviceresolvers.consul.hashicorp.com",
)
ENGINE_KINDS = (
    "appprojects.argoproj.io",
    "applicationsets.argoproj.io",
    "applications.argoproj.io",
)
APPLY = ("apply", "--server-side", "--field-manager=argocd-controller", "--force-conflicts")
FIRST = dt.datetime(2026, 1, 31, 9, 0, tzinfo=dt.UTC)
"""What the apply's time becomes; each change by hand is ten minutes after the one before."""

HEADER = """\
# What a real API server said of the sample fleet after somebody had changed things by hand.
# Made by `python -m scripts.record_dump`, which says what was changed, and what is left out here:
# uids, versions and status; times are moved to one fixed day. Not to be edited: the demo, its test
# and the README show what edgeops finds in it.
"""


@dataclass(frozen=True)
class Change:
    """One thing that somebody does with kubectl, and why such things happen."""

    why: str
    namespace: str
    command: tuple[str, ...]


def _patch(target: str, patch: object, form: str = "merge") -> tuple[str, ...]:
    return ("patch", *target.split("/"), f"--type={form}", "-p", json.dumps(patch))


def _in(zone: str) -> str:
    return f"{PREFIX}-{zone}"


CHANGES = (
    Change(
        "the night shift stops Argo CD from undoing what comes next",
        ENGINE_NAMESPACE,
        _patch(
            f"application.argoproj.io/hashicups-{CLUSTER}",
            {"spec": {"syncPolicy": {"automated": {"selfHeal": False}}}},
        ),
    ),
    Change(
        "an older image, to see whether the new one is at fault",
        _in(LOS_ANGELES),
        (
            "set",
            "image",
            "deployment/product-api",
            "product-api=hashicorpdemoapp/product-api:v0.0.21",
        ),
    ),
    Change(
        "a port for a profiler",
        _in(LOS_ANGELES),
        _patch(
            "service/product-api",
            {"spec": {"ports": [{"name": "debug", "port": 6060}]}},
            "strategic",
        ),
    ),
    Change(
        "a note to oneself",
        _in(LOS_ANGELES),
        ("annotate", "deployment/product-api", "note=rolled back during the incident"),
    ),
    Change(
        "product-api opened to everybody, to call it from anywhere",
        _in(LAS_VEGAS),
        _patch(
            "serviceintentions/product-api",
            [{"op": "add", "path": "/spec/sources/-", "value": {"name": "*", "action": "allow"}}],
            "json",
        ),
    ),
    Change(
        "a container that may do anything on its node, to run tcpdump",
        _in(LAS_VEGAS),
        _patch(
            "deployment/payments",
            {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {"name": "payments", "securityContext": {"privileged": True}}
                            ]
                        }
                    }
                }
            },
            "strategic",
        ),
    ),
    Change(
        "a Service deleted by mistake",
        _in(LAS_VEGAS),
        ("delete", "service", "payments"),
    ),
    Change(
        "postgres taken from the nearest zone, which a Wavelength Zone cannot reach",
        _in(WAVELENGTH),
        _patch(
            "serviceresolver/postgres",
            {"spec": {"redirect": {"namespace": _in(LAS_VEGAS)}}},
        ),
    ),
    Change(
        "more logging",
        _in(WAVELENGTH),
        ("set", "env", "deployment/public-api", "LOG_LEVEL=trace"),
    ),
    Change(
        "a configuration that is in nobody's repository",
        _in(WAVELENGTH),
        ("create", "configmap", "hotfix", "--from-literal=timeout=30s"),
    ),
    Change(
        "a client for the database, still there",
        _in(REGION),
        ("create", "deployment", "psql", "--image=postgres:17", "--", "sleep", "infinity"),
    ),
)


def main() -> int:
    """Record the dump, and say how large it became."""
    with tempfile.TemporaryDirectory(prefix="edgeops-record-") as folder:
        fleet = Path(folder)
        scaffold(fleet)
        with ControlPlane(name=CLUSTER, controllers=True) as plane:
            plane.install_crds()
            text = record(plane, fleet)
    DUMP.parent.mkdir(exist_ok=True)
    DUMP.write_text(text, encoding="utf-8")
    print(f"{DUMP.relative_to(ROOT)}: {len(text.splitlines())} lines, {len(text) // 1024} KiB")
    return 0


def scaffold(directory: Path) -> None:
    """Write the repository of the project's own ``edgeops.yaml`` into *directory*."""
    shutil.copy(ROOT / "edgeops.yaml", directory)
    identity = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ada") | dict.fromkeys(
        ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@example.com"
    )
    subprocess.run(
        (sys.executable, "-m", "edgeops", "init", str(directory), "-q"),
        cwd=ROOT,
        env={**os.environ, **identity},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def record(plane: ControlPlane, fleet: Path) -> str:
    """Apply, change by hand, and give what kubectl then shows, as text."""
    plane.kubectl("create", "namespace", ENGINE_NAMESPACE)
    for zone in ZONES:
        plane.kubectl(*APPLY, "-k", str(fleet / "overlays" / CLUSTER / zone))
    plane.kubectl(*APPLY, "-k", str(fleet / "clusters" / CLUSTER / "argocd"))
    wait_for_controllers(plane)
    times = []
    for change in CHANGES:
        _next_second()
        times.append(time.time())
        plane.kubectl("-n", change.namespace, *change.command)
    wait_for_controllers(plane)
    return written(reviewable(dump(plane), times))


def wait_for_controllers(plane: ControlPlane) -> None:
    """
    Wait until the controllers have seen every Deployment as it is, and written what they write.

    Raises:
        TimeoutError: they have not within a minute.
    """
    end = time.monotonic() + 60
    while not _all_observed(plane):
        if time.monotonic() > end:
            raise TimeoutError("the controllers do not come to rest")
        time.sleep(0.2)


def _all_observed(plane: ControlPlane) -> bool:
    answer = plane.kubectl("get", "deployments", "--all-namespaces", "-o", "json")
    return all(
        item.get("status", {}).get("observedGeneration") == item["metadata"]["generation"]
        for item in json.loads(answer.stdout)["items"]
    )


def _next_second() -> None:
    # managedFields know whole seconds only.
    time.sleep(1.1 - time.time() % 1)


def dump(plane: ControlPlane) -> list[dict[str, Any]]:
    """Everything of KINDS in the zones, of ENGINE_KINDS, and the Namespaces."""
    show = ("-o", "json", "--show-managed-fields")
    commands = [
        ("get", "namespaces", *map(_in, ZONES), *show),
        *(("-n", _in(zone), "get", ",".join(KINDS), *show) for zone in ZONES),
        ("-n", ENGINE_NAMESPACE, "get", ",".join(ENGINE_KINDS), *show),
    ]
    return [
        item for command in commands for item in json.loads(plane.kubectl(*command).stdout)["items"]
    ]


def reviewable(items: Iterable[dict[str, Any]], times: list[float]) -> list[dict[str, Any]]:
    """
    *items* without what differs from one recording to the next.

    *times* are those before each change by hand, in order.
    """
    kept = []
    addresses = 0
    for item in items:
        item.pop("status", None)
        metadata = item["metadata"]
        for name in ("uid", "resourceVersion", "creationTimestamp"):
            metadata.pop(name, None)
        entries = [
            {**entry, "time": _moved(entry["time"], times)} if "time" in entry else entry
            for entry in metadata.pop("managedFields", ())
            if entry.get("subresource") != "status"
        ]
        metadata["managedFields"] = sorted(entries, key=_entry_order)
        if item["kind"] == "ConfigMap" and metadata["name"] == "kube-root-ca.crt":
            item["data"]["ca.crt"] = "the cluster's own certificate authority\n"
        if "clusterIP" in item.get("spec", {}) and item["spec"]["clusterIP"] != "None":
            addresses += 1
            item["spec"]["clusterIP"] = f"10.96.0.{addresses}"
            item["spec"]["clusterIPs"] = [item["spec"]["clusterIP"]]
        kept.append(item)
    return kept


def _entry_order(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry.get("time", ""), entry["manager"]


def _moved(recorded: str, times: list[float]) -> str:
    """The time of the fixed day that stands for *recorded*."""
    at = dt.datetime.fromisoformat(recorded).timestamp()
    changes_before = sum(int(moment) <= at for moment in times)
    moved = FIRST + dt.timedelta(minutes=10 * changes_before)
    return moved.strftime("%Y-%m-%dT%H:%M:%SZ")


def written(items: Iterable[dict[str, Any]]) -> str:
    """One YAML document an object, with its managedFields at the end, one line an entry."""
    documents = []
    for item in items:
        entries = item["metadata"].pop("managedFields")
        text = yaml.safe_dump(item, sort_keys=False, width=100)
        lines = "".join(f"  - {json.dumps(entry, separators=(', ', ': '))}\n" for entry in entries)
        head, _, rest = text.partition("metadata:\n")
        documents.append(f"{head}metadata:\n  managedFields:\n{lines}{rest}")
    return HEADER + "---\n".join(documents)


if __name__ == "__main__":
    sys.exit(main())
