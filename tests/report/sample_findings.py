"""Findings of every kind, and one that was made to attack whoever reads it."""

from typing import Final

from edgeops.core.findings import (
    REDACTED,
    Attribution,
    Cause,
    Change,
    Drift,
    FieldChange,
    Finding,
    ManagerClass,
    Severity,
)
from edgeops.core.objects import Origin, ResourceKey

HOSTILE: Final = (
    "\x1b[31mred\x1b[0m",
    "\x9b2J",
    "<script>alert(1)</script>",
    '"><img src="https://evil.example/x" onerror="alert(1)">',
    "a|b",
    "]]>",
    "[bold]markup[/bold]",
    "`code` ```fence```",
    "@acme/everyone",
    "[click](https://evil.example)",
    "\u202eesrever",
    "\ufffe",
    'quote " backslash \\ end',
    "two\nlines",
    ":warning:",
)
"""What somebody might write into an object to act on whoever reads the report."""

LAX: Final = "us-west-2-lax-1a"
WAVELENGTH: Final = "us-west-2-wl1-las-wlz-1"

NGINX_OLD: Final = """server {
  listen 80;
  location = /healthz { return 200; }
  location / {
    proxy_pass http://frontend_upstream;
  }
  location /api {
    proxy_pass http://public-api:8080;
  }
}
"""
NGINX_NEW: Final = NGINX_OLD.replace("public-api:8080;", "public-api:9090;")

PERSON: Final = Attribution(
    manager="kubectl-edit",
    manager_class=ManagerClass.PERSON,
    operation="Update",
    changed_at="2026-01-31T11:58:00Z",
)
SCALER: Final = Attribution(
    manager="kubectl",
    manager_class=ManagerClass.PERSON,
    operation="Update",
    subresource="scale",
    changed_at="2026-01-31T11:59:30Z",
)
ENGINE: Final = Attribution(
    manager="argocd-controller", manager_class=ManagerClass.ENGINE, operation="Apply"
)
CONTROLLER: Final = Attribution(
    manager="consul-k8s-control-plane",
    manager_class=ManagerClass.CONTROLLER,
    operation="Update",
    subresource="status",
    changed_at="2026-01-31T11:40:00Z",
)

PATHS: Final = (
    "spec.template.spec.containers[name=product-api].image",
    "spec.replicas",
    "spec.template.spec.containers[name=product-api].ports[containerPort=9090,protocol=TCP].name",
    'metadata.labels["app.kubernetes.io/name"]',
    'data["default.conf"]',
    "data.password",
    "spec.failover",
)


def namespace(zone: str) -> str:
    return f"demo-app-{zone}"


def modified_deployment() -> Finding:
    return Finding(
        cluster="edge-usw2",
        zone=LAX,
        key=ResourceKey("apps", "Deployment", namespace(LAX), "product-api"),
        api_version="apps/v1",
        drift=Drift.MODIFIED,
        severity=Severity.HIGH,
        cause=Cause.BOTH,
        origin=Origin(path="base/product-api.yaml", line=12),
        attribution=PERSON,
        fields=(
            FieldChange(
                path=PATHS[0],
                change=Change.CHANGED,
                desired="hashicorpdemoapp/product-api:v0.0.22",
                live="hashicorpdemoapp/product-api:v0.0.23",
                attribution=PERSON,
                cause=Cause.EDITED,
            ),
            FieldChange(
                path=PATHS[1],
                change=Change.CHANGED,
                desired=1,
                live=3,
                attribution=SCALER,
                cause=Cause.EDITED,
            ),
            FieldChange(
                path=PATHS[2],
                change=Change.REMOVED,
                desired="http",
                attribution=ENGINE,
                cause=Cause.PENDING,
            ),
            FieldChange(
                path=PATHS[3],
                change=Change.ADDED,
                live="product-api",
                attribution=PERSON,
                cause=Cause.BOTH,
            ),
        ),
    )


def config_map() -> Finding:
    return Finding(
        cluster="edge-usw2",
        zone=LAX,
        key=ResourceKey("", "ConfigMap", namespace(LAX), "nginx-configmap"),
        api_version="v1",
        drift=Drift.MODIFIED,
        severity=Severity.MEDIUM,
        cause=Cause.PENDING,
        origin=Origin(path="base/nginx.yaml"),
        fields=(
            FieldChange(
                path=PATHS[4],
                change=Change.CHANGED,
                desired=NGINX_OLD,
                live=NGINX_NEW,
                cause=Cause.PENDING,
            ),
            FieldChange(path="immutable", change=Change.CHANGED, desired=None, live=False),
            FieldChange(path="data.port", change=Change.CHANGED, desired="80", live=80),
            FieldChange(
                path="data.long",
                change=Change.CHANGED,
                desired="x" * 400 + "git" + "y" * 400,
                live="x" * 400 + "live" + "y" * 400,
            ),
        ),
    )


def secret() -> Finding:
    return Finding(
        cluster="edge-usw2",
        zone="region",
        key=ResourceKey("", "Secret", namespace("region"), "postgres"),
        api_version="v1",
        drift=Drift.MODIFIED,
        severity=Severity.MEDIUM,
        cause=Cause.EDITED,
        origin=Origin(path="overlays/edge-usw2/region/postgres.yaml", line=3),
        attribution=PERSON,
        fields=(
            FieldChange(
                path=PATHS[5],
                change=Change.CHANGED,
                desired=REDACTED,
                live=REDACTED,
                attribution=PERSON,
                cause=Cause.EDITED,
            ),
        ),
    )


def hostile() -> Finding:
    """An object that somebody made to attack the reader: every text of it is an attempt."""
    return Finding(
        cluster="edge-euc1",
        zone="eu-central-1-ham-1a",
        key=ResourceKey("", "ConfigMap", namespace("eu-central-1-ham-1a"), HOSTILE[2]),
        api_version="v1",
        drift=Drift.MODIFIED,
        severity=Severity.LOW,
        origin=Origin(path="base/a b<script>.yaml", line=1),
        attribution=Attribution(
            manager="\x1b]0;title\x07<b>",
            manager_class=ManagerClass.PERSON,
            operation="Update",
            subresource="`x`|",
            changed_at="2026-01-31T10:00:00Z",
        ),
        message="".join(HOSTILE),
        fields=tuple(
            FieldChange(
                path=f"metadata.annotations[{text!r}]" if "\n" not in text else "data.lines",
                change=Change.ADDED,
                live=text,
            )
            for text in HOSTILE
        ),
    )


def others() -> tuple[Finding, ...]:
    wavelength, hamburg = namespace(WAVELENGTH), namespace("eu-central-1-ham-1a")
    return (
        Finding(
            cluster="edge-usw2",
            zone=WAVELENGTH,
            key=ResourceKey("apps", "Deployment", wavelength, "payments"),
            api_version="apps/v1",
            drift=Drift.MISSING,
            severity=Severity.HIGH,
            origin=Origin(path="base/payments.yaml", line=1),
        ),
        Finding(
            cluster="edge-usw2",
            zone=WAVELENGTH,
            key=ResourceKey("networking.k8s.io", "NetworkPolicy", wavelength, "open"),
            api_version="networking.k8s.io/v1",
            drift=Drift.EXTRANEOUS,
            severity=Severity.CRITICAL,
            cause=Cause.EDITED,
            attribution=PERSON,
        ),
        Finding(
            cluster="edge-usw2",
            zone=WAVELENGTH,
            key=ResourceKey("consul.hashicorp.com", "ServiceResolver", wavelength, "product-api"),
            api_version="consul.hashicorp.com/v1alpha1",
            drift=Drift.NOT_IN_FORCE,
            severity=Severity.HIGH,
            origin=Origin(path=f"overlays/edge-usw2/{WAVELENGTH}/resolvers.yaml", line=14),
            attribution=CONTROLLER,
            message="Synced is False: discovery chain uses inconsistent protocols",
        ),
        Finding(
            cluster="edge-usw2",
            zone=None,
            key=ResourceKey("argoproj.io", "ApplicationSet", "argocd", "hashicups-edge-usw2"),
            api_version="argoproj.io/v1alpha1",
            drift=Drift.EXTRANEOUS,
            severity=Severity.LOW,
            cause=Cause.LEFT_BEHIND,
            attribution=ENGINE,
        ),
        Finding(
            cluster="edge-euc1",
            zone="eu-central-1-ham-1a",
            key=ResourceKey("consul.hashicorp.com", "ServiceResolver", hamburg, "postgres"),
            api_version="consul.hashicorp.com/v1alpha1",
            drift=Drift.MODIFIED,
            severity=Severity.HIGH,
            cause=Cause.EDITED,
            origin=Origin(path="overlays/edge-euc1/eu-central-1-ham-1a/resolvers.yaml", line=2),
            attribution=PERSON,
            fields=(
                FieldChange(
                    path=PATHS[6],
                    change=Change.ADDED,
                    live={"*": {"targets": [{"service": "postgres", "namespace": "elsewhere"}]}},
                    attribution=PERSON,
                    cause=Cause.EDITED,
                ),
            ),
        ),
    )
