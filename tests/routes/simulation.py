"""
A second opinion: one call played by hand over raw manifests.

Written from the documentation without looking at the model: no compiled chain, no cache, no
order of checks, only "who is asked next" until somebody answers. It knows what `edgeops init`
writes and what the mutations of the tests make of it, nothing more.
"""

from typing import Any

Body = dict[str, Any]
Gone = frozenset[tuple[str, str]]
"""Zone and service; ``*`` is the whole zone."""

Answer = tuple[str, str] | None
"""Zone and workload."""


class World:
    """The manifests of one cluster."""

    def __init__(self, objects: list[Body], *, enterprise: bool, prefix: str) -> None:
        self.objects = objects
        self.enterprise = enterprise
        self.prefix = prefix
        self._kinds: dict[str, list[Body]] = {}
        for body in objects:
            self._kinds.setdefault(body["kind"], []).append(body)
        self._pods = list(self._all_pods())

    def of(self, kind: str, namespace: str | None = None) -> list[Body]:
        return [
            body
            for body in self._kinds.get(kind, ())
            if (namespace is None or body["metadata"]["namespace"] == namespace)
        ]

    def pods(self) -> list[tuple[str, str, str]]:
        return self._pods

    def _all_pods(self) -> list[tuple[str, str, str]]:
        """Namespace in Consul, service in Consul, and namespace and name in Kubernetes."""
        found = []
        for body in (*self.of("Deployment"), *self.of("StatefulSet")):
            namespace, name = body["metadata"]["namespace"], body["metadata"]["name"]
            notes = body["spec"]["template"]["metadata"].get("annotations", {})
            known = notes.get("consul.hashicorp.com/connect-service", name)
            found.append((namespace if self.enterprise else "", known, f"{namespace}/{name}"))
        return found

    def call(self, zone: str, caller: str, upstream: str, gone: Gone) -> Answer:
        """Who answers *caller* of *zone* when it calls *upstream*."""
        home = f"{self.prefix}-{zone}"
        (own,) = (pod for pod in self.pods() if pod[2] == f"{home}/{caller}")
        explicit = self._explicit(home, caller, upstream)
        if explicit:
            first = (own[0], upstream)
        else:
            behind = [pod for pod in self.pods() if pod[2] == f"{home}/{upstream}"]
            if not behind:
                return None
            first = (behind[0][0], behind[0][1])
            if not self.allowed(own, first):
                return None
        tried = self.candidates(first)
        for candidate in tried:
            pods = [pod for pod in self.pods() if pod[:2] == candidate]
            alive = [pod for pod in pods if not self._gone(pod, gone)]
            if not alive:
                continue
            if not self.allowed(own, candidate):
                return None
            zones = [pod[2].split("/")[0].removeprefix(f"{self.prefix}-") for pod in alive]
            if any(zone not in {other, "region"} and other != "region" for other in zones):
                return None
            if alive == [own]:
                return None
            return zones[0], alive[0][2].split("/")[1]
        return None

    def _explicit(self, home: str, caller: str, upstream: str) -> bool:
        for body in (*self.of("Deployment", home), *self.of("StatefulSet", home)):
            if body["metadata"]["name"] == caller:
                notes = body["spec"]["template"]["metadata"].get("annotations", {})
                text = notes.get("consul.hashicorp.com/connect-service-upstreams", "")
                return upstream in [part.split(":")[0] for part in text.split(",")]
        return False

    def _gone(self, pod: tuple[str, str, str], gone: Gone) -> bool:
        namespace, name = pod[2].split("/")
        zone = namespace.removeprefix(f"{self.prefix}-")
        return (zone, name) in gone or (zone, "*") in gone

    def resolver(self, service: tuple[str, str]) -> Body:
        for body in self.of("ServiceResolver"):
            namespace = body["metadata"]["namespace"] if self.enterprise else ""
            if (namespace, body["metadata"]["name"]) == service and self.valid(body["spec"]):
                spec: Body = body["spec"]
                return spec
        return {}

    def valid(self, spec: Body) -> bool:
        redirect, failover = spec.get("redirect"), spec.get("failover")
        if redirect is not None and (failover or not redirect.get("service")):
            return False
        for name, body in (failover or {}).items():
            if name != "*" or not body.get("targets"):
                return False
        return True

    def candidates(self, service: tuple[str, str]) -> list[tuple[str, str]]:
        first = self.redirected(service)
        if first is None:
            return []
        found = [first]
        for body in (self.resolver(first).get("failover") or {}).values():
            for target in body["targets"]:
                goal = self._named(target, first)
                end = None if goal == first else self.redirected(goal)
                if goal != first and end is None:
                    return []
                if end is not None:
                    found.append(end)
        # Consul makes no chain of two protocols.
        return found if len({self.protocol(item) for item in (service, *found)}) == 1 else []

    def redirected(self, service: tuple[str, str]) -> tuple[str, str] | None:
        for _ in range(20):
            redirect = self.resolver(service).get("redirect")
            goal = self._named(redirect, service) if redirect else service
            if goal == service:
                return service
            service = goal
        return None

    def _named(self, target: Body, service: tuple[str, str]) -> tuple[str, str]:
        namespace = target.get("namespace") or service[0]
        return (namespace if self.enterprise else "", target.get("service") or service[1])

    def protocol(self, service: tuple[str, str]) -> str:
        for body in self.of("ServiceDefaults"):
            namespace = body["metadata"]["namespace"] if self.enterprise else ""
            if (namespace, body["metadata"]["name"]) == service:
                return str(body["spec"]["protocol"])
        return "tcp"

    def allowed(self, caller: tuple[str, str, str], service: tuple[str, str]) -> bool:
        for body in self.of("ServiceIntentions"):
            spec = body["spec"]
            destination = spec.get("destination") or {}
            own = body["metadata"]["namespace"]
            namespace = destination.get("namespace") or own
            name = destination.get("name")
            if not name or (namespace if self.enterprise else "", name) != service:
                continue
            if not spec.get("sources") or any(
                not source.get("name") or source.get("action") not in {"allow", "deny"}
                for source in spec["sources"]
            ):
                continue
            identities = [(item.get("name"), item.get("namespace")) for item in spec["sources"]]
            if len(set(identities)) < len(identities):
                continue
            for source in spec["sources"]:
                home = source.get("namespace") or namespace
                if (home if self.enterprise else "", source["name"]) == caller[:2]:
                    return bool(source["action"] == "allow")
            return False
        return False
