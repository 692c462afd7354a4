"""Config entries in one line, for our model and for Consul itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from edgeops.core.objects import KubeObject
from edgeops.core.routes.chain import compile_chain
from edgeops.core.routes.entries import DEFAULT_NAMESPACE, Entries, ServiceName
from edgeops.core.routes.reading import read_entries
from edgeops.core.routes.targets import ChainError

KINDS = {
    "resolver": "ServiceResolver",
    "router": "ServiceRouter",
    "splitter": "ServiceSplitter",
    "defaults": "ServiceDefaults",
    "intentions": "ServiceIntentions",
    "proxy": "ProxyDefaults",
}
Entry = tuple[str, str, Mapping[str, Any]]
"""A key of `KINDS`, a name, a spec as the custom resource has it."""


def custom_resource(entry: Entry, namespace: str = "any") -> KubeObject:
    """The entry as Kubernetes has it."""
    kind, name, spec = entry
    return KubeObject(
        {
            "apiVersion": "consul.hashicorp.com/v1alpha1",
            "kind": KINDS[kind],
            "metadata": {"name": name, "namespace": namespace},
            "spec": dict(spec),
        }
    )


def for_consul(entry: Entry) -> dict[str, Any]:
    """The entry as Consul's API has it."""
    kind, name, spec = entry
    if kind == "intentions":
        spec = {**spec}
        name = spec.pop("destination")["name"]
    kinds = {"proxy": "proxy-defaults"}
    return {"Kind": kinds.get(kind, f"service-{kind}"), "Name": name, **spec}


def ours(entries: Iterable[Entry]) -> Entries:
    return read_entries(map(custom_resource, entries), enterprise=False)


def leaves(entries: Entries, service: str) -> dict[str, Any]:
    """Our chain of *service*, in the words of ``consulchain``."""
    try:
        chain = compile_chain(entries, ServiceName(DEFAULT_NAMESPACE, service))
    except ChainError:
        return {"error": True}
    return {
        "error": False,
        "protocol": chain.protocol,
        "leaves": ordered(
            [
                [
                    {
                        "Service": candidate.target.service.name,
                        "Subset": candidate.target.subset,
                        "Datacenter": candidate.target.datacenter,
                        "Peer": candidate.target.peer,
                    }
                    for candidate in leaf.candidates
                ]
                for leaf in chain.leaves
            ]
        ),
    }


def ordered(found: list[list[dict[str, str]]]) -> list[list[tuple[str, ...]]]:
    """Ends without the order of routes and splits, and each once."""
    ends = {tuple(tuple(target.values()) for target in leaf) for leaf in found}
    return [list(leaf) for leaf in sorted(ends)]
