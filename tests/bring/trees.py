"""Directories of manifests, each a tree in one literal, and ``edgeops.yaml`` for them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MESHES = ("consul-enterprise", "consul-community", "none")
ENGINES = ("argocd", "flux")

SHOP = """\
== k8s/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [namespace.yaml, web.yaml, catalogue.yaml, orders.yaml, shared/db, batch.yaml]
configMapGenerator:
  - name: web-config
    files: [default.conf]
images:
  - name: registry.example.com/shop/web
    newTag: 1.4.2
== k8s/default.conf
upstream catalogue { server catalogue:8080; }
server { location /orders { proxy_pass http://orders:9000; } }
== k8s/namespace.yaml
apiVersion: v1
kind: Namespace
metadata: {name: shop}
== k8s/web.yaml
# The shop's own pages.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      tolerations:
        - {key: spot, operator: Exists}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: kubernetes.io/arch, operator: In, values: [amd64]}
              - matchExpressions:
                  - {key: kubernetes.io/arch, operator: In, values: [arm64]}
      containers:
        - name: web
          image: registry.example.com/shop/web
          ports:
            - {name: pages, containerPort: 3000}
          readinessProbe:
            httpGet: {path: /healthz, port: pages}
          volumeMounts:
            - {name: config, mountPath: /etc/nginx/conf.d}
      volumes:
        - name: config
          configMap: {name: web-config}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
    - {port: 80, targetPort: pages}
---
apiVersion: v1
kind: Service
metadata: {name: web-public}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: pages}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 5
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
== k8s/catalogue.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: catalogue}
spec:
  selector:
    matchLabels: {app: catalogue}
  template:
    metadata:
      labels: {app: catalogue}
    spec:
      serviceAccountName: reader
      containers:
        - name: catalogue
          image: registry.example.com/shop/catalogue:2
          args: [--listen=:8080, --db-host, db]
          ports:
            - {containerPort: 8080}
          readinessProbe:
            grpc: {port: 8080}
---
apiVersion: v1
kind: Service
metadata: {name: catalogue}
spec:
  selector: {app: catalogue}
  ports:
    - {port: 8080}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: reader
  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/catalogue"}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: reader}
== k8s/orders.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 2
  selector:
    matchLabels: {app: orders}
  template:
    metadata:
      labels: {app: orders}
    spec:
      containers:
        - name: orders
          image: registry.example.com/shop/orders:7
          ports:
            - {name: http, containerPort: 9000}
            - {name: metrics, containerPort: 9100}
          env:
            - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: orders-db, key: url}}}
          readinessProbe:
            httpGet: {path: /ready, port: http}
---
apiVersion: v1
kind: Service
metadata: {name: orders}
spec:
  selector: {app: orders}
  ports:
    - {name: http, port: 9000, targetPort: http}
---
apiVersion: v1
kind: Secret
metadata: {name: orders-db}
stringData:
  url: postgres://orders:example@db:5432/orders
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: orders}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: orders}
== k8s/batch.yaml
apiVersion: batch/v1
kind: CronJob
metadata: {name: tidy}
spec:
  schedule: "5 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - {name: tidy, image: "registry.example.com/shop/tidy:1"}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log-shipper}
spec:
  selector:
    matchLabels: {app: log-shipper}
  template:
    metadata:
      labels: {app: log-shipper}
    spec:
      containers:
        - {name: log-shipper, image: "registry.example.com/shop/log-shipper:1"}
== k8s/shared/db/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [db.yaml]
== k8s/shared/db/db.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector:
    matchLabels: {app: db}
  template:
    metadata:
      labels: {app: db}
    spec:
      containers:
        - name: db
          image: postgres:16
          ports:
            - {name: tcp-postgres, containerPort: 5432}
          readinessProbe:
            exec: {command: [pg_isready]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 1Gi}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec:
  clusterIP: None
  selector: {app: db}
  ports:
    - {name: tcp-postgres, port: 5432}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: db}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: db}
"""
"""A Kustomize base: three Deployments, a StatefulSet behind a headless Service, batch work."""

BOUTIQUE = """\
== manifests/frontend.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend}
spec:
  selector:
    matchLabels: {app: frontend}
  template:
    metadata:
      labels: {app: frontend}
    spec:
      serviceAccountName: frontend
      containers:
        - name: server
          image: registry.example.com/boutique/frontend:v0.10
          ports:
            - {containerPort: 8080}
          readinessProbe:
            httpGet: {path: /_healthz, port: 8080}
          env:
            - {name: PORT, value: "8080"}
            - {name: PRODUCT_CATALOG_SERVICE_ADDR, value: "productcatalogservice:3550"}
            - {name: CART_SERVICE_ADDR, value: "cartservice:7070"}
---
apiVersion: v1
kind: Service
metadata: {name: frontend}
spec:
  type: ClusterIP
  selector: {app: frontend}
  ports:
    - {name: http, port: 80, targetPort: 8080}
---
apiVersion: v1
kind: Service
metadata: {name: frontend-external}
spec:
  type: LoadBalancer
  selector: {app: frontend}
  ports:
    - {name: http, port: 80, targetPort: 8080}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: frontend}
== manifests/cartservice.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: cartservice}
spec:
  selector:
    matchLabels: {app: cartservice}
  template:
    metadata:
      labels: {app: cartservice}
    spec:
      containers:
        - name: server
          image: registry.example.com/boutique/cartservice:v0.10
          ports:
            - {containerPort: 7070}
          env:
            - {name: REDIS_ADDR, value: "redis-cart:6379"}
          readinessProbe:
            grpc: {port: 7070}
---
apiVersion: v1
kind: Service
metadata: {name: cartservice}
spec:
  selector: {app: cartservice}
  ports:
    - {name: grpc, port: 7070, targetPort: 7070}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis-cart}
spec:
  selector:
    matchLabels: {app: redis-cart}
  template:
    metadata:
      labels: {app: redis-cart}
    spec:
      containers:
        - name: redis
          image: redis:alpine
          ports:
            - {containerPort: 6379}
          readinessProbe:
            tcpSocket: {port: 6379}
          volumeMounts:
            - {name: data, mountPath: /data}
      volumes:
        - name: data
          persistentVolumeClaim: {claimName: redis-data}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: redis-data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: v1
kind: Service
metadata: {name: redis-cart}
spec:
  selector: {app: redis-cart}
  ports:
    - {name: tcp-redis, port: 6379, targetPort: 6379}
== manifests/catalog/productcatalogservice.yml
apiVersion: apps/v1
kind: Deployment
metadata: {name: productcatalogservice}
spec:
  selector:
    matchLabels: {app: productcatalogservice}
  template:
    metadata:
      labels: {app: productcatalogservice}
    spec:
      containers:
        - name: server
          image: registry.example.com/boutique/productcatalogservice:v0.10
          ports:
            - {containerPort: 3550}
          readinessProbe:
            grpc: {port: 3550}
---
apiVersion: v1
kind: Service
metadata: {name: productcatalogservice}
spec:
  selector: {app: productcatalogservice}
  ports:
    - {name: grpc, port: 3550, targetPort: 3550}
== manifests/loadgenerator.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: loadgenerator}
spec:
  replicas: 1
  selector:
    matchLabels: {app: loadgenerator}
  template:
    metadata:
      labels: {app: loadgenerator}
    spec:
      containers:
        - name: main
          image: registry.example.com/boutique/loadgenerator:v0.10
          env:
            - {name: FRONTEND_ADDR, value: "frontend:80"}
== manifests/values.yaml
replicas: 3
== manifests/README.md
Not a manifest.
"""
"""Plain manifests in the shape of a public microservices demo, and files that are none."""

MESHED = """\
== base/api.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: api}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 2
  selector:
    matchLabels: {app: api}
  template:
    metadata:
      labels: {app: api}
      annotations:
        consul.hashicorp.com/connect-inject: "true"
        consul.hashicorp.com/connect-service-upstreams: "db:5432, cache.svc:6379"
    spec:
      serviceAccountName: api
      containers:
        - name: api
          image: registry.example.com/api:1
          ports:
            - {containerPort: 8080}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selector: {app: api}
  ports:
    - {port: 8080}
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceDefaults
metadata: {name: api}
spec:
  protocol: http
  localRequestTimeoutMs: 5000
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceResolver
metadata: {name: api}
spec:
  connectTimeout: 2s
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceIntentions
metadata: {name: to-api}
spec:
  destination: {name: api}
  sources:
    - name: web
      permissions:
        - action: allow
          http: {pathPrefix: /v1}
== base/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
      annotations: {consul.hashicorp.com/connect-inject: "true"}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          ports:
            - {containerPort: 80}
          readinessProbe:
            httpGet: {port: 80}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
    - {port: 80}
== base/stores.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  selector:
    matchLabels: {app: db}
  template:
    metadata:
      labels: {app: db}
    spec:
      containers:
        - name: db
          image: postgres:16
          ports:
            - {containerPort: 5432}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec:
  selector: {app: db}
  ports:
    - {port: 5432, appProtocol: postgresql}
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceDefaults
metadata: {name: db}
spec: {protocol: tcp}
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceIntentions
metadata: {name: db}
spec:
  destination: {name: db}
  sources:
    - {name: api, action: allow}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  selector:
    matchLabels: {app: cache}
  template:
    metadata:
      labels: {app: cache}
    spec:
      containers:
        - name: cache
          image: redis:7
          ports:
            - {containerPort: 6379}
---
apiVersion: v1
kind: Service
metadata: {name: cache}
spec:
  selector: {app: cache}
  ports:
    - {name: redis, port: 6379}
"""
"""Manifests in ``base/`` itself that are made for Consul already."""

GUESTBOOK = """\
== guestbook/guestbook-ui-deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: guestbook-ui
spec:
  replicas: 1
  selector:
    matchLabels: {app: guestbook-ui}
  template:
    metadata:
      labels: {app: guestbook-ui}
    spec:
      containers:
        - image: registry.example.com/guestbook-ui:v5
          name: guestbook-ui
          ports:
            - containerPort: 80
== guestbook/guestbook-ui-svc.yaml
apiVersion: v1
kind: Service
metadata:
  name: guestbook-ui
spec:
  ports:
    - port: 80
      targetPort: 80
  selector: {app: guestbook-ui}
"""
"""The smallest: one Deployment and one Service that says nothing of itself."""

APPS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "shop": (SHOP, {"base": "k8s", "regionOnly": ["db"]}),
    "boutique": (BOUTIQUE, {"base": "manifests", "regionOnly": ["redis-cart"]}),
    "meshed": (MESHED, {"base": "base", "regionOnly": ["db"]}),
    "guestbook": (
        GUESTBOOK,
        {"base": "guestbook/", "services": [{"name": "guestbook-ui", "protocol": "http"}]},
    ),
}
"""By name: the files, and what stands under ``spec.app``."""

ZONES: tuple[Any, ...] = (
    "us-west-2-lax-1a",
    {"name": "us-west-2-wl1-las-wlz-1", "replicas": 3},
)


def files_of(tree: str) -> dict[str, str]:
    """The files of a literal, by path."""
    parts = (part.partition("\n") for part in tree.split("== ")[1:])
    return {path: content for path, _, content in parts}


def write_tree(root: Path, tree: str) -> None:
    """Write the files of a literal below *root*."""
    for path, content in files_of(tree).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


def fleet_text(
    app: object, *, mesh: str = "consul-enterprise", engine: str = "argocd", prefix: str = "shop"
) -> str:
    """``edgeops.yaml`` of a fleet with two edge zones (JSON is YAML)."""
    provider = {"provider": "none"}
    if mesh != "none":
        provider = {"provider": "consul", "edition": mesh.removeprefix("consul-")}
    cluster = {
        "name": "edge-usw2",
        "region": "us-west-2",
        "availabilityZones": ["us-west-2a", "us-west-2b"],
        "zones": list(ZONES),
    }
    body = {
        "apiVersion": "edgeops.dev/v1alpha1",
        "kind": "EdgeFleet",
        "metadata": {"name": "shop"},
        "spec": {
            "repository": {"url": "https://git.example.com/acme/edge.git", "secretRef": "edge-git"},
            "engine": engine,
            "mesh": provider,
            "namespacePrefix": prefix,
            "app": app,
            "clusters": [cluster],
        },
    }
    return json.dumps(body, indent=2) + "\n"
