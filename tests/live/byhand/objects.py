"""Objects that somebody makes or deletes."""

from tests.live.byhand.case import (
    APP,
    CRITICAL,
    HIGH,
    MEDIUM,
    NOBODY,
    Body,
    Case,
    Command,
    created,
    deleted,
    plain,
)


def _extra(case: str, why: str, target: str, command: Command, severity: str) -> Case:
    beside = ("ServiceAccount/web",)
    return Case(case, why, command, target, (), severity, "Extraneous", beside)


def _another(target: str) -> Command:
    """An object as git has it, under the name ``mine``."""
    body = APP.manifest(target)
    body["metadata"] = {"name": "mine", "namespace": "NAMESPACE"}
    return created(body)


def _body(api_version: str, kind: str, **fields: object) -> Body:
    metadata = {"name": "mine", "namespace": "NAMESPACE"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


CONSUL = "consul.hashicorp.com/v1alpha1"
_ROUTE = {"destination": {"service": "web", "namespace": "demo-app-region"}}
_LEGS = [{"weight": 100, "service": "web"}]

EXTRA = (
    _extra("extra-deployment", "a program of one's own", "Deployment/mine",
           plain("create", "deployment", "mine", "--image=mine:1"), HIGH),
    _extra("extra-statefulset", "a database of one's own", "StatefulSet/mine",
           _another("StatefulSet/db"), HIGH),
    _extra("extra-daemonset", "something on every node", "DaemonSet/mine",
           _another("DaemonSet/agent"), HIGH),
    _extra("extra-job", "something once", "Job/mine",
           plain("create", "job", "mine", "--image=mine:1"), HIGH),
    _extra("extra-cronjob", "something every night", "CronJob/mine",
           plain("create", "cronjob", "mine", "--image=mine:1", "--schedule=0 3 * * *"), HIGH),
    _extra("extra-pod", "a shell to look around with", "Pod/mine",
           plain("run", "mine", "--image=mine:1"), HIGH),
    _extra("extra-service", "a way in", "Service/mine",
           plain("create", "service", "nodeport", "mine", "--tcp=80"), HIGH),
    _extra("extra-configmap", "settings of one's own", "ConfigMap/mine",
           plain("create", "configmap", "mine", "--from-literal=a=b"), MEDIUM),
    _extra("extra-secret", "a certificate of one's own", "Secret/mine",
           plain("create", "secret", "generic", "mine", "--from-literal=a=b"), MEDIUM),
    _extra("extra-serviceaccount", "somebody to be", "ServiceAccount/mine",
           plain("create", "serviceaccount", "mine", manager=NOBODY), MEDIUM),
    _extra("extra-claim", "a disk", "PersistentVolumeClaim/mine",
           _another("PersistentVolumeClaim/cache"), MEDIUM),
    _extra("extra-autoscaler", "somebody who scales", "HorizontalPodAutoscaler/mine",
           _another("HorizontalPodAutoscaler/elastic"), MEDIUM),
    _extra("extra-budget", "no disruptions", "PodDisruptionBudget/mine",
           plain("create", "poddisruptionbudget", "mine", "--selector=app=web",
                 "--min-available=1"), MEDIUM),
    _extra("extra-ingress", "a way in from outside", "Ingress/mine",
           plain("create", "ingress", "mine", "--rule=a.example.com/=web:80"), HIGH),
    _extra("extra-policy", "a hole in the wall", "NetworkPolicy/mine",
           _another("NetworkPolicy/web"), CRITICAL),
    _extra("extra-role", "rights", "Role/mine",
           plain("create", "role", "mine", "--verb=get", "--resource=secrets"), CRITICAL),
    _extra("extra-binding", "rights for oneself", "RoleBinding/mine",
           plain("create", "rolebinding", "mine", "--clusterrole=admin", "--user=alice"),
           CRITICAL),
    _extra("extra-quota", "a limit for all", "ResourceQuota/mine",
           plain("create", "quota", "mine", "--hard=pods=1000"), MEDIUM),
    _extra("extra-limits", "a limit for each", "LimitRange/mine",
           created(_body("v1", "LimitRange", spec={"limits": [
               {"type": "Container", "max": {"memory": "1Ti"}}]})), MEDIUM),
    _extra("extra-resolver", "another way for one name", "ServiceResolver/mine",
           _another("ServiceResolver/postgres"), HIGH),
    _extra("extra-intention", "leave to call", "ServiceIntentions/mine",
           _another("ServiceIntentions/web"), CRITICAL),
    _extra("extra-defaults", "another protocol", "ServiceDefaults/mine",
           _another("ServiceDefaults/web"), HIGH),
    _extra("extra-router", "some requests elsewhere", "ServiceRouter/mine",
           created(_body(CONSUL, "ServiceRouter", spec={"routes": [_ROUTE]})), HIGH),
    _extra("extra-splitter", "half of the requests elsewhere", "ServiceSplitter/mine",
           created(_body(CONSUL, "ServiceSplitter", spec={"splits": _LEGS})), HIGH),
)  # fmt: skip

_GONE = (
    ("ServiceAccount/web", HIGH),
    ("ConfigMap/settings", HIGH),
    ("Secret/password", HIGH),
    ("Deployment/web", HIGH),
    ("StatefulSet/db", HIGH),
    ("CronJob/report", HIGH),
    ("HorizontalPodAutoscaler/elastic", HIGH),
    ("PodDisruptionBudget/web", HIGH),
    ("Service/web", HIGH),
    ("Ingress/web", HIGH),
    ("NetworkPolicy/web", CRITICAL),
    ("RoleBinding/reader", HIGH),
    ("ServiceResolver/postgres", HIGH),
    ("ServiceIntentions/web", CRITICAL),
    ("ServiceDefaults/web", HIGH),
    ("Kustomization/shop", HIGH),
    ("Application/shop", HIGH),
)

MISSING = tuple(
    Case(
        f"gone-{target.partition('/')[0].lower()}",
        "deleted, by mistake or on purpose",
        deleted(target),
        target,
        (),
        severity,
        "Missing",
    )
    for target, severity in _GONE
)

CASES = (*EXTRA, *MISSING)
