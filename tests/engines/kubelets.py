"""
kwok in the place of the kubelets, and of Consul's controller.

Pods that were placed become ready and go when they are deleted; Consul's config entries get the
condition ``Synced`` that consul-k8s writes, ``False`` where a label asks for it.
https://kwok.sigs.k8s.io/docs/user/stages-configuration/
https://github.com/hashicorp/consul-k8s/blob/main/control-plane/controllers/configentries/configentry_controller.go
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tests.controlplane.daemon import Daemon, free_port
from tests.controlplane.nodes import add_storage
from tests.controlplane.server import ControlPlane
from tests.engines.build import built

REFUSED = "edgeops.test/refused"
"""The label of an entry that Consul is to refuse."""

_CONSUL = "consul.hashicorp.com/v1alpha1"
_KINDS = ("ServiceDefaults", "ServiceIntentions", "ServiceResolver")
_KUBELETS_OWN = {"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}
_DISKS = 40
"""Of each Availability Zone: every fleet of the session takes two, and gives none back."""

_ROOM = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "800Gi", "pods": "500"}


def start_kubelets(plane: ControlPlane) -> Daemon:
    """Run kwok for all nodes of a cluster."""
    config = plane.folder / "kwok.yaml"
    config.write_text(yaml.safe_dump_all(_stages()), encoding="utf-8")
    port = free_port()
    programs = built("kwok")
    argv = (
        str(programs / "kwok"),
        f"--kubeconfig={plane.kubeconfig()}",
        *(f"--config={file}" for file in (*sorted(programs.glob("*.yaml")), config)),
        "--manage-all-nodes",
        f"--server-address=127.0.0.1:{port}",
    )
    return Daemon(argv, plane.folder / "kwok.log")


def _stages() -> list[dict[str, Any]]:
    return [_stage(kind, accepted=accepted) for kind in _KINDS for accepted in (True, False)]


def _stage(kind: str, *, accepted: bool) -> dict[str, Any]:
    answer = "True" if accepted else "False"
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": f"consul-{kind.lower()}-{answer.lower()}"},
        "spec": {
            "resourceRef": {"apiGroup": _CONSUL, "kind": kind},
            "selector": {
                "matchExpressions": [
                    {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"},
                    {
                        "key": f'.metadata.labels["{REFUSED}"]',
                        "operator": "DoesNotExist" if accepted else "Exists",
                    },
                    {
                        "key": '.status.conditions.[] | select( .type == "Synced" ) | .status',
                        "operator": "NotIn",
                        "values": [answer],
                    },
                ]
            },
            "next": {
                "statusTemplate": (
                    "conditions:\n"
                    "- type: Synced\n"
                    f'  status: "{answer}"\n'
                    "  lastTransitionTime: {{ Now | Quote }}\n"
                    + ("" if accepted else "  reason: ConsulAgentError\n  message: refused\n")
                )
            },
        },
    }


def join_nodes(plane: ControlPlane, needs: Mapping[str, Any], *, storage_class: str) -> None:
    """
    Give each zone a node as ``edgeops nodes -o json`` asks for it, and disks.

    Args:
        needs: that document.
    """
    for zone in needs["zones"]:
        ((label, values),) = zone["labels"].items()
        for value in [values] if isinstance(values, str) else values:
            _join(plane, f"{value}-node", {label: value}, zone["taints"])
        if zone["zone"] == "region":
            add_storage(plane, values, storage_class=storage_class, volumes=_DISKS)


def _join(
    plane: ControlPlane, name: str, labels: Mapping[str, str], taints: list[dict[str, str]]
) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {**labels, **_KUBELETS_OWN, "kubernetes.io/hostname": name},
        },
    }
    plane.apply(f"/api/v1/nodes/{name}", body)
    patch = {"spec": {"taints": taints}}
    plane.kubectl("patch", "node", name, "--type=merge", "-p", json.dumps(patch))
    status = {"status": {"capacity": _ROOM, "allocatable": _ROOM}}
    plane.kubectl(
        *("patch", "node", name, "--subresource=status", "--type=merge"),
        *("-p", json.dumps(status)),
    )
