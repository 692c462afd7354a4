"""
Rules of the routes: one for each reason for which a call does not end well.

They are proved over all zones at once, as ``edgeops routes --prove`` does
(docs/decisions/0011-the-model-of-the-mesh.md), and fire where calls break in fact. Other rules look
at one object alone: where one of these names the same object for the same mistake (`COVERED`),
that is told, and not both.
"""

from collections.abc import Mapping
from typing import Final

from edgeops.core.lint.model import Rule, Severity
from edgeops.core.routes.proof import Reason

_RESOLVER: Final = (
    "https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver"
)
_INTENTIONS: Final = (
    "https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions"
)
_PROXY: Final = "https://developer.hashicorp.com/consul/docs/k8s/connect/transparent-proxy/enable"


def rule_id(reason: Reason) -> str:
    """The rule of *reason*."""
    return f"route-{reason}"


RULES: Final = (
    Rule(
        id="route-no-such-name",
        title="A service calls a name that leads nowhere",
        reason="The name does not resolve, nothing listens on the port, or no pod is behind it.",
        mend="Mend the name or the port, or add the Service.",
        link="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
    ),
    Rule(
        id="route-intention-missing",
        title="No intention allows a call",
        reason="Under access control Consul refuses what nobody allows.",
        mend="Add the caller to the sources of the destination's ServiceIntentions.",
        link=_INTENTIONS,
    ),
    Rule(
        id="route-denied",
        title="An intention denies a call that is made",
        reason="Consul refuses it.",
        mend="Allow the caller, or take the call away.",
        link=_INTENTIONS,
    ),
    Rule(
        id="route-no-healthy-target",
        title="Nobody answers a call",
        reason="No instance is where the call is led, with nothing failed.",
        mend="Lead it to where the service runs, or run it there.",
        link=_RESOLVER,
    ),
    Rule(
        id="route-no-failover",
        title="Nothing leads to the Region when the local instance is gone",
        reason="The Region runs the service too, and its zone would go without it all the same.",
        mend="Run 'edgeops init', or give the zone a ServiceResolver with failover to the Region.",
        link=_RESOLVER,
    ),
    Rule(
        id="route-target-missing",
        title="Failover leads to a service that nobody is",
        reason="The day that it is needed, nobody answers.",
        mend="Mend the name or the namespace of the target.",
        link=_RESOLVER,
    ),
    Rule(
        id="route-readiness-probe-missing",
        title="Failover never comes, for want of a readiness probe",
        reason=(
            "To Consul a pod without one is healthy while it hangs; one that the proxy answers "
            "says nothing."
        ),
        mend="Give the pods a readiness probe by HTTP or by a command.",
        link="https://developer.hashicorp.com/consul/docs/k8s/connect/health",
    ),
    Rule(
        id="route-protocol-mismatch",
        title="Services of one chain have different protocols",
        reason="Consul does not put such a chain in force.",
        mend="Give them one protocol in their ServiceDefaults.",
        link="https://developer.hashicorp.com/consul/docs/reference/config-entry/service-defaults",
    ),
    Rule(
        id="route-redirect-loop",
        title="A call is led in a circle",
        reason="Consul does not put such a chain in force, and a name server gives up.",
        mend="Take one of the redirects away.",
        link=_RESOLVER,
    ),
    Rule(
        id="route-no-such-subset",
        title="A call is led to a subset that is not declared",
        reason="Consul does not put such a chain in force.",
        mend="Declare the subset in the resolver of the target, or take it away.",
        link=_RESOLVER,
    ),
    Rule(
        id="route-filter-undecided",
        title="Git does not say whom a subset takes",
        reason="Its filter asks for what only the cluster knows, so no answer can be promised.",
        mend="Filter by Service.Tags or Service.Meta, which the pods' annotations set.",
        link=_RESOLVER,
        severity=Severity.WARNING,
    ),
    Rule(
        id="route-spoke-to-spoke",
        title="A call may end in another edge zone",
        reason="Edge zones cannot talk to each other; they reach themselves and the Region.",
        mend="Lead it to the Region.",
        link="https://docs.aws.amazon.com/wavelength/latest/developerguide/wavelength-quotas.html",
    ),
    Rule(
        id="route-out-of-the-cluster",
        title="A call leads to where it cannot be followed",
        reason="A datacenter, a peer, a partition or an address: nothing here promises an answer.",
        mend="Lead it to the Region, or switch this rule off if it is meant.",
        link=_RESOLVER,
        severity=Severity.WARNING,
    ),
    Rule(
        id="route-outside-the-mesh",
        title="A call goes past the mesh to a service in it",
        reason="What is in the mesh takes mutual TLS alone, and refuses it.",
        mend="Take the caller into the mesh, or the called out of it.",
        link=_PROXY,
    ),
    Rule(
        id="route-entry-refused",
        title="Consul refuses an entry",
        reason="What it says is not in force, and calls go as if it were not there.",
        mend="Write it as Consul takes it.",
        link="https://developer.hashicorp.com/consul/docs/reference/config-entry",
    ),
)

COVERED: Final[Mapping[str, frozenset[str]]] = {
    "route-spoke-to-spoke": frozenset({"spoke-names-spoke"}),
    "route-no-healthy-target": frozenset({"resolver-target-missing"}),
    "route-target-missing": frozenset({"resolver-target-missing"}),
    "route-readiness-probe-missing": frozenset({"readiness-missing", "probe-asks-proxy"}),
    "route-entry-refused": frozenset(
        {
            "community-namespace",
            "consul-entry-twice",
            "consul-singleton",
            "intention-twice",
            "intention-wildcard",
            "field-missing",
            "resolver-contradicts",
            "unknown-field",
            "wrong-type",
            "value-not-allowed",
        }
    ),
}
"""By the rule of a route: the rules that tell the same mistake of the same object."""
