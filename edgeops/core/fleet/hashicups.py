"""
HashiCups as a list of services: what ``app: hashicups`` stands for.

Images, ports, variables and health paths are those of the applications' own sources:
https://github.com/hashicorp-demoapp (frontend, public-api, product-api-go, payments).
What the list cannot say (volumes, nginx's configuration, how postgres replicates) is in
`edgeops.core.plan.hashicups`.
"""

from edgeops.core.fleet.model import Placement, SecretKey, Service

POSTGRES = "postgres"
POSTGRES_REPLICA = "postgres-replica"
CREDENTIALS = "postgres-credentials"
"""Name of the Secret with postgres' password, key ``password``."""

# v0.0.22 is the newest tag that official manifests use; the database's one matches it.
_DATABASE_IMAGE = "hashicorpdemoapp/product-api-db:v0.0.22"

SERVICES = (
    Service(
        name="nginx",
        image="nginx:1.27-alpine",
        port=80,
        upstreams=("frontend", "public-api"),
        probe_path="/healthz",
        front=True,
    ),
    Service(
        name="frontend",
        image="hashicorpdemoapp/frontend:v1.0.9",
        port=3000,
        # "/" makes the browser call /api of the host that served the page.
        env={"NEXT_PUBLIC_PUBLIC_API_URL": "/", "NEXT_PUBLIC_FOOTER_FLAG": "HashiCups"},
        probe_path="/",
        resources={
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"memory": "512Mi"},
        },
    ),
    Service(
        name="public-api",
        image="hashicorpdemoapp/public-api:v0.0.7",
        port=8080,
        upstreams=("product-api", "payments"),
        env={
            "BIND_ADDRESS": ":8080",
            "METRICS_ADDRESS": ":9102",
            "PRODUCT_API_URI": "http://product-api:9090",
            "PAYMENT_API_URI": "http://payments:1800",
        },
        # Not /health: that calls product-api and payments, so that one sick service would
        # turn every zone unready at once and leave failover nowhere to go.
        probe_path="/",
    ),
    Service(
        name="product-api",
        image="hashicorpdemoapp/product-api:v0.0.22",
        port=9090,
        upstreams=(POSTGRES,),
        env={
            "DB_PASSWORD": SecretKey(secret=CREDENTIALS, key="password"),
            # With both of these set, the program reads no configuration file.
            "DB_CONNECTION": (
                "host=$(POSTGRES_HOST) port=$(POSTGRES_PORT) user=postgres "
                "password=$(DB_PASSWORD) dbname=products sslmode=disable"
            ),
            "BIND_ADDRESS": ":9090",
            "METRICS_ADDRESS": ":9103",
        },
        # It listens once it has reached postgres; /health/readyz would ask postgres each time.
        probe_path="/health/livez",
    ),
    Service(
        name="payments",
        image="hashicorpdemoapp/payments:v0.0.16",
        port=8080,
        service_port=1800,
        probe_path="/actuator/health",
        resources={
            "requests": {"cpu": "50m", "memory": "256Mi"},
            "limits": {"memory": "768Mi"},
        },
    ),
    Service(
        name=POSTGRES,
        image=_DATABASE_IMAGE,
        port=5432,
        protocol="tcp",
        placement=Placement.REGION,
        replicas=1,
    ),
    Service(
        name=POSTGRES_REPLICA,
        image=_DATABASE_IMAGE,
        port=5432,
        protocol="tcp",
        placement=Placement.REGION,
        upstreams=(POSTGRES,),
        replicas=1,
    ),
)
"""The services of the built-in example; nginx is where users come in."""
