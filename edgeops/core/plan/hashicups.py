"""
What HashiCups has beyond its list of services: nginx's configuration, the password, postgres.

postgres runs with the same public image twice: a primary, and a replica that follows it by
streaming replication, which the image's stock settings allow.
"""

from edgeops.core.fleet.hashicups import CREDENTIALS, POSTGRES, POSTGRES_REPLICA
from edgeops.core.fleet.model import Fleet, Service
from edgeops.core.merge.classes import FileClass
from edgeops.core.plan.consul import service_defaults
from edgeops.core.plan.manifest import Body, PlannedFile, note, yaml_file
from edgeops.core.plan.names import WAVE, ZONE_TOPOLOGY
from edgeops.core.plan.upstreams import Upstream, regional_upstreams
from edgeops.core.plan.workload import (
    WORKLOAD_WAVE,
    Extras,
    account,
    disruption_budget,
    kubernetes_service,
    pod_annotations,
)

NGINX_CONFIG = "nginx-config"
REPLICATION_CONFIG = "postgres-replication"

EXTRAS = {
    "nginx": Extras(
        annotations={
            # Users come from outside the mesh: past the proxy, which wants mutual TLS.
            "consul.hashicorp.com/transparent-proxy-exclude-inbound-ports": "80",
            "consul.hashicorp.com/transparent-proxy-overwrite-probes": "false",
        },
        volumes=({"name": "config", "configMap": {"name": NGINX_CONFIG}},),
        mounts=({"name": "config", "mountPath": "/etc/nginx/conf.d", "readOnly": True},),
    ),
    # The image is built for amd64 alone; on Graviton nodes it would not start.
    "payments": Extras(node_selector={"kubernetes.io/arch": "amd64"}),
}

_DEFAULT_CONF = """\
# nginx resolves these names once, when it starts; the Services are applied before it.
upstream frontend_upstream {
  server frontend:3000;
}

server {
  listen 80;
  server_name _;
  server_tokens off;
  proxy_http_version 1.1;
  proxy_set_header Host $host;

  # nginx itself is well; that what stands behind it is, the mesh looks after.
  location = /healthz {
    access_log off;
    return 200 "ok\\n";
  }

  location /api {
    proxy_pass http://public-api:8080;
  }

  location / {
    proxy_pass http://frontend_upstream;
  }
}
"""

# The stock pg_hba.conf lets only 127.0.0.1 replicate, which is where a mesh's proxy comes
# from. Without a mesh the replica comes from its pod's address.
_REPLICATION_SCRIPT = """\
# Run once by the image, when it makes an empty database: let the replica follow, by password.
echo "host replication postgres all md5" >> "$PGDATA/pg_hba.conf"
"""

_BASEBACKUP = """\
# In the main container, not an init container: only here is the mesh's proxy running.
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  until pg_basebackup -h "$POSTGRES_HOST" -p "$POSTGRES_PORT" -U postgres -D "$PGDATA" -X stream -R
  do
    rm -rf "$PGDATA"
    sleep 3
  done
  chmod 0700 "$PGDATA"
fi
exec docker-entrypoint.sh postgres
"""


def base_files() -> list[PlannedFile]:
    """The files that the base has beside one for each service."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": CREDENTIALS},
        "type": "Opaque",
        "stringData": {
            **note("An example, and public. See the comment above."),
            "password": "example-only-change-me",
        },
    }
    about = (
        "EXAMPLE ONLY: a password that is in git in plain text is no secret.\n"
        "Put an encrypted Secret (SOPS, Sealed Secrets) or an ExternalSecret of this name here,\n"
        "with the key `password`, before anything real is behind it: docs/guides/secrets.md"
    )
    return [
        PlannedFile(path="base/default.conf", content=_DEFAULT_CONF),
        yaml_file(f"base/{CREDENTIALS}.yaml", about, secret, ownership=FileClass.SEEDED),
    ]


def region_files(fleet: Fleet, directory: str) -> list[PlannedFile]:
    """Files of postgres and its replica, below the hub's *directory*."""
    services = {service.name: service for service in fleet.services}
    primary, replica = services[POSTGRES], services[POSTGRES_REPLICA]
    files = [
        yaml_file(
            f"{directory}/{POSTGRES}.yaml",
            "The primary: the only postgres that takes writes, for every zone of the cluster.",
            *_objects(fleet, primary, _primary(fleet, primary)),
        ),
        yaml_file(
            f"{directory}/{POSTGRES_REPLICA}.yaml",
            "The read replica: copies the primary once, then follows it.\n"
            "While the primary is down, reads are answered here and writes fail.",
            *_objects(fleet, replica, _replica(fleet, replica)),
        ),
    ]
    if not fleet.mesh.is_consul:
        path = f"{directory}/replication.sh"
        files.append(PlannedFile(path=path, content=_REPLICATION_SCRIPT))
    return files


def region_generators(fleet: Fleet) -> list[Body]:
    """ConfigMaps that the hub's kustomization makes."""
    if fleet.mesh.is_consul:
        return []
    return [{"name": REPLICATION_CONFIG, "files": ["replication.sh"]}]


def _objects(fleet: Fleet, service: Service, workload: Body) -> list[Body]:
    objects = [account(service.name), kubernetes_service(service)]
    if fleet.mesh.is_consul:
        objects.append(service_defaults(service.name, service.protocol))
    return [*objects, disruption_budget(service), workload]


def _primary(fleet: Fleet, service: Service) -> Body:
    env: list[Body] = [
        {"name": "POSTGRES_DB", "value": "products"},
        {"name": "POSTGRES_USER", "value": "postgres"},
        _password("POSTGRES_PASSWORD"),
    ]
    body = _stateful_set(fleet, service, env, {"fsGroup": 999})
    if not fleet.mesh.is_consul:
        pod = body["spec"]["template"]["spec"]
        pod["volumes"] = [{"name": "replication", "configMap": {"name": REPLICATION_CONFIG}}]
        pod["containers"][0]["volumeMounts"].append(
            {
                "name": "replication",
                # One file, so that the database's own seed beside it stays.
                "mountPath": "/docker-entrypoint-initdb.d/replication.sh",
                "subPath": "replication.sh",
                "readOnly": True,
            }
        )
    return body


def _replica(fleet: Fleet, service: Service) -> Body:
    upstream: Upstream = next(iter(regional_upstreams(fleet, service)))
    env: list[Body] = [{"name": name, "value": value} for name, value in upstream.variables.items()]
    env += [_password("POSTGRES_PASSWORD"), _password("PGPASSWORD")]
    user = {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999}
    body = _stateful_set(fleet, service, env, user)
    pod = body["spec"]["template"]["spec"]
    container = pod["containers"][0]
    container["command"] = ["bash", "-ec"]
    container["args"] = [_BASEBACKUP]
    # Away from the primary, so that losing one Availability Zone does not lose both.
    pod["affinity"] = {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 100,
                    "podAffinityTerm": {
                        "topologyKey": ZONE_TOPOLOGY,
                        "labelSelector": {"matchLabels": {"app": POSTGRES}},
                    },
                }
            ]
        }
    }
    return body


def _password(variable: str) -> Body:
    reference = {"secretKeyRef": {"name": CREDENTIALS, "key": "password"}}
    return {"name": variable, "valueFrom": reference}


def _stateful_set(fleet: Fleet, service: Service, env: list[Body], security: Body) -> Body:
    """A postgres on a volume of its own; *security* is the pod's, 999 the image's postgres."""
    metadata: Body = {"name": service.name, "labels": {"app": service.name}}
    if fleet.mesh.is_consul:
        metadata["annotations"] = {WAVE: WORKLOAD_WAVE}
    template: Body = {"labels": {"app": service.name}}
    if annotations := pod_annotations(fleet, service):
        template["annotations"] = annotations
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata,
        "spec": {
            "serviceName": service.name,
            "replicas": 1,
            "selector": {"matchLabels": {"app": service.name}},
            "template": {
                "metadata": template,
                "spec": {
                    "serviceAccountName": service.name,
                    "securityContext": security,
                    "containers": [_container(service, env)],
                },
            },
            "volumeClaimTemplates": [_claim(fleet)],
        },
    }


def _container(service: Service, env: list[Body]) -> Body:
    ready = ["pg_isready", "-h", "127.0.0.1", "-U", "postgres", "-d", "products"]
    return {
        "name": POSTGRES,
        "image": service.image,
        "ports": [{"name": "tcp", "containerPort": service.port, "protocol": "TCP"}],
        "env": [
            *env,
            {
                "name": "PGDATA",
                **note("Below the mount: the root of a new volume has lost+found in it."),
                "value": "/var/lib/postgresql/data/pgdata",
            },
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "512Mi"},
        },
        "readinessProbe": {"exec": {"command": ready}, "periodSeconds": 5, "timeoutSeconds": 3},
        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/postgresql/data"}],
    }


def _claim(fleet: Fleet) -> Body:
    return {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": fleet.storage_class,
            "resources": {"requests": {"storage": "5Gi"}},
        },
    }
