"""
What is no drift, though somebody or something writes it: drift must not say a word.

Where a controller does not run in the tests, its writes are made as it makes them: the same
field, through the same subresource, under its own name.
"""

from typing import Any

from tests.live.byhand.case import APP, Body, Case, Command, created, edit, operation, patch, plain

WEB, ELASTIC = "Deployment/web", "Deployment/elastic"
REDIRECT, FAILOVER = "ServiceResolver/postgres", "ServiceResolver/web"
CONTROLLERS = "kube-controller-manager"
# The name of its binary, up to the first slash of its User-Agent.
LOAD_BALANCERS = "controller"
CONSUL = "consul-k8s-control-plane"
_SPEC = APP.manifest(WEB)["spec"]["template"]["spec"]
_SYNCED = {"conditions": [{"type": "Synced", "status": "True"}], "lastSyncedTime": None}
_ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "k8s-shop.elb.amazonaws.com"}]}}


def _quiet(
    name: str, why: str, command: Command, target: str = WEB, beside: tuple[str, ...] = ()
) -> Case:
    return Case(name, why, command, target, drift=None, beside=beside)


def _finalizer(target: str, name: str, manager: str) -> Command:
    return patch(target, {"metadata": {"finalizers": [name]}}, "merge", manager)


def _annotation(target: str, name: str, value: str, manager: str) -> Command:
    return patch(target, {"metadata": {"annotations": {name: value}}}, "merge", manager)


def _made(kind: str, name: str, manager: str, api_version: str = "v1", **fields: object) -> Command:
    metadata = {"name": name, **_metadata_of(fields)}
    body: Body = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    return created(body | fields, manager)


def _metadata_of(fields: dict[str, Any]) -> Body:
    names = {"owners": "ownerReferences", "annotations": "annotations"}
    return {to: fields.pop(name) for name, to in names.items() if name in fields}


OTHERS = (
    _quiet("revision", "the Deployment controller counts rollouts",
           _annotation(WEB, "deployment.kubernetes.io/revision", "4", CONTROLLERS)),
    _quiet("autoscaled", "the autoscaler scales within its range",
           patch(ELASTIC, {"spec": {"replicas": 3}}, "merge", CONTROLLERS,
                 "--subresource=scale"), ELASTIC, ("HorizontalPodAutoscaler/elastic",)),
    _quiet("tracked-by-flux", "Flux labels what it applies",
           patch(WEB, {"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}},
                 "merge", "kustomize-controller")),
    _quiet("tracked-by-argo", "Argo CD marks what it applies",
           _annotation(WEB, "argocd.argoproj.io/tracking-id", "shop:apps/Deployment:a/web",
                       "argocd-controller")),
    _quiet("balancer-finalizer", "the AWS controller keeps a Service until its balancer is gone",
           _finalizer("Service/front", "service.k8s.aws/resources", LOAD_BALANCERS),
           "Service/front"),
    _quiet("balancer-address", "the AWS controller says where the balancer is",
           patch("Service/front", {"status": _ADDRESS}, "merge", LOAD_BALANCERS,
                 "--subresource=status"), "Service/front"),
    _quiet("ingress-finalizer", "the AWS controller keeps an Ingress until its balancer is gone",
           _finalizer("Ingress/web", "ingress.k8s.aws/resources", LOAD_BALANCERS), "Ingress/web"),
    _quiet("ingress-address", "the AWS controller says where the balancer is",
           patch("Ingress/web", {"status": _ADDRESS}, "merge", LOAD_BALANCERS,
                 "--subresource=status"), "Ingress/web"),
    _quiet("consul-finalizer", "Consul keeps an entry until it has forgotten it",
           _finalizer(REDIRECT, "finalizers.consul.hashicorp.com", CONSUL), REDIRECT),
    _quiet("consul-status", "Consul says that the entry is in force",
           patch(REDIRECT, {"status": _SYNCED}, "merge", CONSUL, "--subresource=status"),
           REDIRECT),
    _quiet("consul-zeros", "Consul before 1.4 wrote Go's zeros back",
           patch(FAILOVER, {"spec": {"requestTimeout": "0s", "defaultSubset": ""}}, "merge",
                 CONSUL), FAILOVER),
    _quiet("consul-namespace", "Consul's webhook fills in the namespace of an intention",
           patch("ServiceIntentions/web",
                 {"spec": {"destination": {"namespace": "NAMESPACE"}}}, "merge", CONSUL),
           "ServiceIntentions/web"),
    _quiet("volume-bound", "the volume controller binds a claim",
           patch("PersistentVolumeClaim/cache",
                 {"spec": {"volumeName": "pv-1"}, "metadata": {"annotations": {
                     "pv.kubernetes.io/bind-completed": "yes"}}}, "merge", CONTROLLERS),
           "PersistentVolumeClaim/cache"),
    _quiet("claim-protected", "the volume controller protects a claim in use",
           _finalizer("PersistentVolumeClaim/cache", "kubernetes.io/pvc-protection", CONTROLLERS),
           "PersistentVolumeClaim/cache"),
    _quiet("token-secret", "a token for an account, as old clusters make it",
           _made("Secret", "web-token-abcde", CONTROLLERS,
                 type="kubernetes.io/service-account-token",
                 annotations={"kubernetes.io/service-account.name": "web"}), "Secret/password",
           ("ServiceAccount/web",)),
    _quiet("helm-release", "what Helm remembers of a release",
           _made("Secret", "sh.helm.release.v1.shop.v1", "Helm", type="helm.sh/release.v1"),
           "Secret/password"),
    _quiet("root-certificate", "the cluster's certificate in every namespace",
           _made("ConfigMap", "kube-root-ca.crt", CONTROLLERS, data={"ca.crt": "x"}),
           "ConfigMap/settings"),
    _quiet("default-account", "the account in every namespace",
           _made("ServiceAccount", "default", CONTROLLERS), "ServiceAccount/web"),
    _quiet("owned-pod", "a Pod that belongs to a ReplicaSet",
           _made("Pod", "web-1", CONTROLLERS, spec={"containers": [{"name": "a", "image": "a"}]},
                 owners=[{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web",
                          "uid": "0-0-0-0"}])),
    _quiet("claim-of-a-statefulset", "the claim of a StatefulSet's pod",
           _made("PersistentVolumeClaim", "data-db-0", CONTROLLERS, spec={
               "accessModes": ["ReadWriteOnce"],
               "resources": {"requests": {"storage": "1Gi"}}}), "StatefulSet/db"),
    _quiet("lease", "who leads",
           _made("Lease", "web", "web", "coordination.k8s.io/v1", spec={"holderIdentity": "a"})),
    _quiet("endpoints", "where the pods are",
           _made("EndpointSlice", "web-abcde", CONTROLLERS, "discovery.k8s.io/v1",
                 addressType="IPv4", endpoints=[]), "Service/web"),
    _quiet("generated-policy", "what a policy engine makes in every namespace",
           _made("NetworkPolicy", "default-deny", "kyverno-background-controller",
                 "networking.k8s.io/v1", spec={"podSelector": {}}), "NetworkPolicy/web"),
)  # fmt: skip

SAME = (
    _quiet("same-image", "the image that git has, set by hand",
           plain("set", "image", "deployment/web", "web=shop/web:1")),
    _quiet("same-quantities", "100m and 64Mi in other words",
           plain("set", "resources", "deployment/web", "--containers=web",
                 "--requests=cpu=0.1,memory=65536Ki")),
    _quiet("same-duration", "60s in other words",
           patch(FAILOVER, {"spec": {"connectTimeout": "1m0s"}}), FAILOVER),
    _quiet("same-order", "variables in another order",
           patch(WEB, operation("replace", "/spec/template/spec/containers/0/env",
                                _SPEC["containers"][0]["env"][::-1]), "json")),
    _quiet("same-default", "what the API server would have filled in, written out",
           patch(WEB, {"spec": {"template": {"spec": {"dnsPolicy": "ClusterFirst"}}}})),
    _quiet("same-secret", "the same password, as plain text",
           patch("Secret/password", {"stringData": {"password": "hunter2"}}), "Secret/password"),
    _quiet("same-saved", "saved from an editor, nothing but a tab's width changed",
           edit("ConfigMap/settings", "s/level: info/level:  info/"), "ConfigMap/settings"),
    _quiet("sync-request", "somebody asks Flux for a sync",
           plain("annotate", "kustomizations.kustomize.toolkit.fluxcd.io", "shop",
                 "reconcile.fluxcd.io/requestedAt=now"), "Kustomization/shop"),
    _quiet("refresh-request", "somebody asks Argo CD to look again",
           plain("annotate", "application", "shop", "argocd.argoproj.io/refresh=hard"),
           "Application/shop"),
    _quiet("migrated-entry", "somebody hands an entry of Consul over to Kubernetes",
           plain("annotate", "serviceresolver", "web", "consul.hashicorp.com/migrate-entry=true"),
           FAILOVER),
)  # fmt: skip

CASES = (*OTHERS, *SAME)
