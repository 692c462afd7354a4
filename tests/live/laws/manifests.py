"""Manifests of a fleet, drawn: valid, and spelled in all the ways that people spell them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Body = dict[str, Any]
Drawn = SearchStrategy[Any]

CONSUL = "consul.hashicorp.com/v1alpha1"
_WORDS = st.sampled_from(["web", "api", "cart", "db", "cache"])
_TEXT = st.sampled_from(["", "a", "1", "true", "no", "1e3", "two\nlines", "ünï", " x "])
_CPU = st.sampled_from(["100m", "0.1", "1", "1000m", "0.5", 1, 0.5])
_MEMORY = st.sampled_from(["64Mi", "65536Ki", "0.25Gi", "128M", "1e8", 134217728])
_PORT = st.integers(1, 65535)
_IMAGE = st.sampled_from(
    ["web:1", "web", "web:latest", "r.example.com:5000/web@sha256:" + "0" * 64]
)
_DURATION = st.sampled_from(["5s", "60s", "1m0s", "1m", "90s", "0.5s", "1h"])
_LABELS = st.dictionaries(
    st.sampled_from(["tier", "team", "a.b/c"]), st.sampled_from(["x", "y", ""])
)


def _record(needed: Body, **optional: Drawn) -> Drawn:
    fixed = {name: value if isinstance(value, SearchStrategy) else st.just(value)
             for name, value in needed.items()}  # fmt: skip
    return st.fixed_dictionaries(fixed, optional=optional)


def _named(elements: Drawn, *, least: int = 0, most: int = 3) -> Drawn:
    """A list of maps with distinct names."""
    return st.lists(elements, min_size=least, max_size=most, unique_by=lambda item: item["name"])


_ENV = _named(
    st.one_of(
        _record({"name": st.sampled_from("ABCD"), "value": _TEXT}),
        _record(
            {
                "name": st.sampled_from("EF"),
                "valueFrom": {"secretKeyRef": {"name": "password", "key": "password"}},
            }
        ),
        _record(
            {"name": st.just("G"), "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ),
    ),
    most=5,
)
_CONTAINER_PORTS = st.lists(
    _record({"containerPort": _PORT}, protocol=st.sampled_from(["TCP", "UDP"])),
    max_size=3,
    unique_by=lambda item: (item["containerPort"], item.get("protocol", "TCP")),
)
_PROBE = st.builds(
    lambda how, timing: {**how, **timing},
    st.one_of(
        st.builds(lambda path, port: {"httpGet": {"path": path, "port": port}},
                  st.sampled_from(["/", "/healthz"]), st.one_of(_PORT, st.just("http"))),
        st.builds(lambda port: {"tcpSocket": {"port": port}}, _PORT),
        st.just({"exec": {"command": ["true"]}}),
    ),
    _record({}, periodSeconds=st.integers(1, 60), timeoutSeconds=st.integers(1, 5),
            failureThreshold=st.integers(1, 9), initialDelaySeconds=st.integers(0, 9)),
)  # fmt: skip
_RESOURCES = _record(
    {},
    requests=_record({}, cpu=st.sampled_from(["50m", 0.05]), memory=st.just("32Mi")),
    limits=_record({}, cpu=_CPU, memory=_MEMORY),
)
_CONFINED = _record(
    {},
    runAsNonRoot=st.booleans(),
    readOnlyRootFilesystem=st.booleans(),
    allowPrivilegeEscalation=st.booleans(),
    capabilities=st.sampled_from(
        [{"drop": ["ALL"]}, {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}]
    ),
    seccompProfile=st.just({"type": "RuntimeDefault"}),
)
_VOLUMES = _named(
    st.one_of(
        _record({"name": st.just("scratch"), "emptyDir": _record({}, sizeLimit=_MEMORY)}),
        _record({"name": st.just("settings"), "configMap": _record(
            {"name": "settings"}, optional=st.booleans(),
            defaultMode=st.sampled_from([420, 256]))}),
        _record({"name": st.just("keys"), "secret": _record({"secretName": "password"})}),
        _record({"name": st.just("all"), "projected": {"sources": [
            {"configMap": {"name": "settings"}}, {"serviceAccountToken": {"path": "token"}}]}}),
    )
)  # fmt: skip


def _container(name: str, *, init: bool = False) -> Drawn:
    probes = {} if init else {"readinessProbe": _PROBE, "livenessProbe": _PROBE}
    return _record(
        {"name": name, "image": _IMAGE},
        args=st.lists(_TEXT, max_size=2),
        env=_ENV,
        ports=_CONTAINER_PORTS,
        resources=_RESOURCES,
        securityContext=_CONFINED,
        imagePullPolicy=st.sampled_from(["Always", "IfNotPresent"]),
        **probes,
    )


def _pod(**more: Drawn) -> Drawn:
    containers = st.builds(
        lambda first, rest: [first, *rest],
        _container("main"),
        st.lists(_container("side"), max_size=1),
    )
    spec = _record(
        {"containers": containers},
        initContainers=st.lists(_container("first", init=True), max_size=1),
        volumes=_VOLUMES,
        nodeSelector=st.just({"topology.kubernetes.io/zone": "us-west-2a"}),
        tolerations=st.lists(_record({"key": st.just("edge"), "operator": st.just("Exists")},
                                     effect=st.just("NoSchedule")), max_size=1),
        serviceAccountName=st.just("web"),
        terminationGracePeriodSeconds=st.sampled_from([0, 5, 30]),
        securityContext=_record({}, runAsUser=st.just(999), fsGroup=st.just(999)),
        topologySpreadConstraints=st.just([{
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "web"}}}]),
        **more,
    )  # fmt: skip
    metadata = _record({"labels": {"app": "web"}}, annotations=_LABELS)
    return _record({"metadata": metadata, "spec": spec})


_SELECTOR = {"matchLabels": {"app": "web"}}
_REPLICAS = st.integers(0, 5)


def _object(api_version: str, kind: str, **fields: Any) -> Drawn:
    # One label and one annotation are always there, so that another one is a field of its own.
    metadata = st.builds(
        lambda name, labels, notes: {"name": name, "labels": {**labels, "app": "web"},
                                     "annotations": {**notes, "owner": "shop"}},
        _WORDS, _LABELS, _LABELS,
    )  # fmt: skip
    return _record({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields})


_CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
_WORKLOADS = (
    _object("apps/v1", "Deployment", spec=_record(
        {"selector": _SELECTOR, "template": _pod()}, replicas=_REPLICAS,
        revisionHistoryLimit=st.integers(0, 10),
        strategy=st.sampled_from([{"type": "Recreate"}, {"rollingUpdate": {"maxSurge": 1}},
                                  {"type": "RollingUpdate", "rollingUpdate": {
                                      "maxUnavailable": "25%"}}]))),
    _object("apps/v1", "StatefulSet", spec=_record(
        {"selector": _SELECTOR, "template": _pod(), "serviceName": "web"}, replicas=_REPLICAS,
        volumeClaimTemplates=st.just([_CLAIM]),
        podManagementPolicy=st.sampled_from(["Parallel", "OrderedReady"]))),
    _object("apps/v1", "DaemonSet", spec=_record({"selector": _SELECTOR, "template": _pod()})),
    _object("batch/v1", "CronJob", spec=_record(
        {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}}}},
        suspend=st.booleans(), concurrencyPolicy=st.sampled_from(["Allow", "Forbid"]))),
)  # fmt: skip
_SERVICE_PORTS = st.lists(
    _record({"name": st.sampled_from("abcd"), "port": _PORT}, targetPort=st.one_of(
        _PORT, st.just("http")), protocol=st.sampled_from(["TCP", "UDP"])),
    min_size=1, max_size=3, unique_by=(lambda item: item["name"], lambda item: item["port"]),
)  # fmt: skip
_NETWORK = (
    _object("v1", "Service", spec=_record(
        {"selector": {"app": "web"}, "ports": _SERVICE_PORTS},
        type=st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
        sessionAffinity=st.sampled_from(["None", "ClientIP"]))),
    _object("networking.k8s.io/v1", "NetworkPolicy", spec=_record(
        {"podSelector": st.sampled_from([{}, _SELECTOR])},
        policyTypes=st.just(["Ingress"]),
        ingress=st.lists(_record({}, ports=st.lists(_record({}, port=_PORT), max_size=2), **{
            "from": st.lists(st.just({"podSelector": _SELECTOR}), max_size=1)}), max_size=2))),
    _object("networking.k8s.io/v1", "Ingress", spec=_record(
        {"rules": [{"host": "a.example.com", "http": {"paths": [
            {"path": "/", "pathType": "Prefix",
             "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]},
        ingressClassName=st.just("alb"))),
)  # fmt: skip
_RESTS = (
    _object("v1", "ConfigMap", data=st.dictionaries(
        st.sampled_from(["a", "b.conf"]), _TEXT, min_size=1)),
    _object("v1", "Secret", stringData=st.dictionaries(
        st.sampled_from(["a", "b"]), _TEXT, min_size=1), data=st.just({"c": "aGk="})),
    _object("v1", "ServiceAccount", automountServiceAccountToken=st.booleans()),
    _object("policy/v1", "PodDisruptionBudget", spec=_record(
        {"selector": _SELECTOR}, maxUnavailable=st.sampled_from([0, 1, "50%"]))),
    _object("autoscaling/v2", "HorizontalPodAutoscaler", spec=_record(
        {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
         "maxReplicas": st.integers(5, 9)}, minReplicas=st.integers(1, 4),
        metrics=st.just([{"type": "Resource", "resource": {"name": "cpu", "target": {
            "type": "Utilization", "averageUtilization": 70}}}]))),
    _object("rbac.authorization.k8s.io/v1", "Role", rules=st.sampled_from([
        [], [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]])),
)  # fmt: skip
_PLACE = _record({"service": _WORDS}, namespace=st.just("demo-app-region"))
_MESH = (
    _object(CONSUL, "ServiceResolver", spec=st.one_of(
        _record({"redirect": _PLACE}),
        _record({}, connectTimeout=_DURATION, requestTimeout=_DURATION, failover=st.builds(
            lambda targets: {"*": {"targets": targets}},
            st.lists(_PLACE, min_size=1, max_size=3))))),
    _object(CONSUL, "ServiceIntentions", spec=_record(
        {"destination": {"name": "web"}, "sources": st.lists(_record(
            {"name": _WORDS, "action": st.sampled_from(["allow", "deny"])}), min_size=1,
            max_size=3)})),
    _object(CONSUL, "ServiceDefaults", spec=_record(
        {"protocol": st.sampled_from(["http", "tcp"])},
        maxInboundConnections=st.integers(0, 9))),
)  # fmt: skip

MANIFESTS = st.one_of(*_WORKLOADS, *_NETWORK, *_RESTS, *_MESH)
"""One object, without a namespace."""
