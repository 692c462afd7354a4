"""Rules of the hub and its spokes: placement, edge zones, the mesh."""

from typing import Final

from edgeops.core.lint.model import Rule, Severity

RULES: Final = (
    Rule(
        id="spoke-names-spoke",
        title="An edge zone names another one",
        reason="Edge zones cannot talk to each other; they reach themselves and the Region.",
        mend="Lead it to the Region.",
        link="https://docs.aws.amazon.com/wavelength/latest/developerguide/wavelength-quotas.html",
    ),
    Rule(
        id="workload-not-pinned",
        title="Pods are not bound to their zone",
        reason="They may land in another zone, whose network their callers cannot reach.",
        mend="Give the pods required node affinity for topology.kubernetes.io/zone.",
        link="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
    ),
    Rule(
        id="workload-not-tolerating",
        title="Pods do not tolerate their zone's taint",
        reason="Nodes of an edge zone keep everybody else away; the pods stay Pending for ever.",
        mend="Add the toleration <taint>=<zone>:NoSchedule.",
        link="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
    ),
    Rule(
        id="tolerates-other-zones",
        title="Pods tolerate the taint of other zones",
        reason=(
            "The taint is what keeps the pods of one zone off the nodes of another; without it "
            "only the affinity does."
        ),
        mend="Tolerate the taint of the own zone only; in the Region none.",
        link="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
        severity=Severity.WARNING,
    ),
    Rule(
        id="namespace-missing",
        title="The zone's namespace is not among its objects",
        reason="Flux does not make it, and what Argo CD makes is not looked after.",
        mend="Run 'edgeops init', or add a Namespace.",
        link="https://github.com/argoproj/argo-cd/issues/7875",
    ),
    Rule(
        id="namespace-unprotected",
        title="An engine may delete the zone's namespace",
        reason="Taken out of git, the namespace is pruned, and everything of the zone with it.",
        mend=(
            "Annotate it: argocd.argoproj.io/sync-options: Prune=confirm,Delete=confirm and "
            "kustomize.toolkit.fluxcd.io/prune: disabled."
        ),
        link="https://github.com/argoproj/argo-cd/issues/15441",
    ),
    Rule(
        id="object-twice",
        title="Two overlays of a cluster make the same object",
        reason="Each engine object overwrites what the other wrote, for ever.",
        mend="Keep it in one of them.",
        link=(
            "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found"
        ),
    ),
    Rule(
        id="load-balancer-at-edge",
        title="A Service of type LoadBalancer at the edge",
        reason=(
            "A network load balancer takes no subnet of a Local Zone, and there is none in a "
            "Wavelength Zone."
        ),
        mend="Use an Ingress with an Application Load Balancer (expose: alb), or a node port.",
        link=(
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-network-load-balancer.html"
        ),
    ),
    Rule(
        id="ipv6-in-wavelength",
        title="IPv6 in a Wavelength Zone",
        reason="Its subnets have none.",
        mend="Use IPv4 there.",
        link="https://docs.aws.amazon.com/wavelength/latest/developerguide/wavelength-quotas.html",
    ),
    Rule(
        id="volume-type-at-edge",
        title="A volume of a type that edge zones may not have",
        reason=(
            "Wavelength Zones have gp2 alone, and gp3 is not in every Local Zone: the claim stays"
            " Pending."
        ),
        mend="Use a class of gp2, or keep data in the Region.",
        link="https://docs.aws.amazon.com/wavelength/latest/developerguide/wavelength-quotas.html",
    ),
    Rule(
        id="alb-without-subnets",
        title="An edge Ingress does not name its subnets",
        reason=(
            "The controller looks for subnets with a route to an internet gateway; those of a "
            "Wavelength Zone have a carrier gateway, and all subnets must be of one zone."
        ),
        mend=(
            "Set ingressSubnets of the zone in edgeops.yaml, or annotate "
            "alb.ingress.kubernetes.io/subnets."
        ),
        link=(
            "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#subnets"
        ),
    ),
    Rule(
        id="alb-group-at-edge",
        title="An edge Ingress is in a group",
        reason="A group is one balancer, and a balancer has subnets of one locale.",
        mend="Take group.name away at the edge.",
        link=(
            "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.name"
        ),
    ),
    Rule(
        id="waf-at-edge",
        title="A web application firewall at the edge",
        reason="A balancer of a Local Zone takes none.",
        mend="Take the annotation away at the edge.",
        link=(
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html"
        ),
    ),
    Rule(
        id="annotation-misplaced",
        title="Consul's annotation is not on the pods",
        reason="Consul's webhook sees pods only.",
        mend="Move it to spec.template.metadata.annotations.",
        link="https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label",
    ),
    Rule(
        id="service-account-name",
        title="A pod's account is not called like its Consul service",
        reason=(
            "With ACLs a pod may register only under the name of its account, and never as default."
        ),
        mend="Give the pods a ServiceAccount of that name.",
        link="https://github.com/hashicorp/consul-k8s/issues/440",
    ),
    Rule(
        id="token-not-mounted",
        title="A pod of the mesh has no account token",
        reason="Consul's init container logs in with it and fails.",
        mend="Set automountServiceAccountToken: true.",
        link="https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label",
    ),
    Rule(
        id="one-service-per-pod",
        title="Pods of the mesh that not exactly one Service selects",
        reason=(
            "With none, pods wait for their registration for ever; with several, Consul refuses "
            "to register them."
        ),
        mend=(
            "Keep one Service, and label each other one consul.hashicorp.com/service-ignore: "
            '"true".'
        ),
        link="https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label",
    ),
    Rule(
        id="readiness-missing",
        title="Pods of the mesh without a readiness probe",
        reason=(
            "Consul counts a pod as healthy by its readiness; without a probe a pod that hangs "
            "keeps all its calls, and nothing fails over."
        ),
        mend="Add a readiness probe that asks the service itself, not the next one.",
        link="https://developer.hashicorp.com/consul/docs/k8s/connect/health",
    ),
    Rule(
        id="probe-asks-proxy",
        title="A probe that the proxy answers",
        reason=(
            "Consul leads HTTP probes past its proxy, and no others: the probe is green whatever "
            "the service does."
        ),
        mend="Use httpGet or exec.",
        link="https://developer.hashicorp.com/consul/docs/k8s/connect/health",
        severity=Severity.WARNING,
    ),
    Rule(
        id="pod-security-with-mesh",
        title="Pod Security that the mesh cannot meet",
        reason=(
            "Without Consul's CNI plugin its init container runs as root with NET_ADMIN, which "
            "baseline and restricted refuse."
        ),
        mend="Install the CNI plugin, or enforce privileged in these namespaces.",
        link="https://developer.hashicorp.com/consul/docs/k8s/connect/transparent-proxy/enable",
        severity=Severity.WARNING,
    ),
    Rule(
        id="consul-beside-entries",
        title="Consul is removed together with its entries",
        reason=(
            "Entries have a finalizer that only Consul takes away: they and their namespace hang."
        ),
        mend="Keep Consul in an engine object of its own, and remove it last.",
        link="https://github.com/hashicorp/consul/issues/12021",
    ),
    Rule(
        id="consul-singleton",
        title="An entry that Consul has once for a cluster",
        reason="Consul refuses the second one, or one of another name.",
        mend="Keep one, in one overlay.",
        link="https://developer.hashicorp.com/consul/docs/reference/config-entry/proxy-defaults",
    ),
    Rule(
        id="consul-entry-twice",
        title="Two entries of one name in a flat Consul",
        reason="Without namespaces of its own, Consul refuses the second one.",
        mend="Give entries names that carry the zone.",
        link="https://developer.hashicorp.com/consul/docs/enterprise/namespaces",
    ),
    Rule(
        id="intention-twice",
        title="Two ServiceIntentions for one destination",
        reason="Consul refuses the second one.",
        mend="Put all sources into one.",
        link=(
            "https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions"
        ),
    ),
    Rule(
        id="community-namespace",
        title="A Consul namespace in the Community edition",
        reason="Consul refuses it, in part only after it was accepted.",
        mend="Take the field away, and give services names that carry the zone.",
        link="https://developer.hashicorp.com/consul/docs/enterprise/namespaces",
    ),
    Rule(
        id="resolver-contradicts",
        title="A resolver says two things",
        reason="redirect makes Consul ignore the rest; targets and service exclude each other.",
        mend="Keep one of them.",
        link="https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver",
    ),
    Rule(
        id="resolver-target-missing",
        title="A resolver leads to what the Region does not have",
        reason="Calls that should go to the Region fail.",
        mend="Mend the name, or run the service in the Region.",
        link="https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver",
    ),
    Rule(
        id="resolver-to-itself",
        title="A resolver leads to itself",
        reason="Consul does nothing, and says nothing.",
        mend="Lead it to the Region, or take it away.",
        link="https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver",
        severity=Severity.WARNING,
    ),
    Rule(
        id="intention-wildcard",
        title="A source of one name in every namespace",
        reason="Consul refuses an exact name after a wildcard namespace.",
        mend="Name each namespace, one source each.",
        link=(
            "https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions"
        ),
    ),
    Rule(
        id="hub-refuses-spoke",
        title="The Region's intentions do not name a zone that is led there",
        reason="Consul judges a call where it ends: after the failover it is refused.",
        mend="Run 'edgeops init', or add the source to the Region's intentions.",
        link=(
            "https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions"
        ),
    ),
)
