"""
Whether the account that Flux applies an overlay as may do that, told from the engine's folder.

https://fluxcd.io/flux/components/kustomize/kustomizations/#service-account-reference
https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.engine import is_flux_kustomization, source_path
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.lint.pods import dig, entries, mapping
from edgeops.core.objects import KubeObject
from edgeops.core.plan.names import repository_path
from edgeops.core.resources import resource

_RBAC: Final = "rbac.authorization.k8s.io"
_ROLES: Final = frozenset({"Role", "ClusterRole"})
_BINDINGS: Final = frozenset({"RoleBinding", "ClusterRoleBinding"})
_APPLIES: Final = ("get", "create", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One right."""

    verb: str
    group: str
    resource: str
    name: str
    namespace: str
    """Empty for what is in none, and for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rights:
    """What an account may do: rules, each with the namespace that it holds in or ``""``."""

    rules: tuple[tuple[str, Mapping[str, Any]], ...]

    def allow(self, asked: _Asked) -> bool:
        return any(
            space in {"", asked.namespace}
            and _has(rule, "verbs", asked.verb)
            and _has(rule, "apiGroups", asked.group)
            and _has(rule, "resources", asked.resource)
            and (not rule.get("resourceNames") or asked.name in entries(rule["resourceNames"]))
            for space, rule in self.rules
        )


def _has(rule: Mapping[str, Any], field: str, value: str) -> bool:
    return bool({"*", value} & {str(one) for one in entries(rule.get(field))})


def check(repository: Repository) -> Iterator[Problem]:
    """Every overlay that Flux applies as an account whose rights stand in the engine's folder."""
    for folder in repository.engine_folders:
        for item in folder.objects:
            account = dig(item.body, "spec", "serviceAccountName")
            if not is_flux_kustomization(item) or not isinstance(account, str):
                continue
            rights = _rights(folder.objects, account, item.namespace)
            if rights is None:
                continue
            for overlay, _ in repository.overlays:
                path = repository_path(repository.fleet, overlay.path)
                if overlay.cluster is folder.cluster and source_path(item) == path:
                    yield from _lacking(repository, folder, overlay, account, rights)
                    yield from _granting(overlay, account, rights)


def _rights(objects: Iterable[KubeObject], account: str, namespace: str) -> _Rights | None:
    """The rights of an account; None where another place than *objects* has some of them."""
    roles = {(item.kind, item.namespace, item.name): item for item in objects}
    rules: list[tuple[str, Mapping[str, Any]]] = []
    found = False
    for item in objects:
        subjects = [mapping(one) for one in entries(item.body.get("subjects"))]
        if item.group != _RBAC or not any(
            (one.get("kind"), one.get("name"), one.get("namespace"))
            == ("ServiceAccount", account, namespace)
            for one in subjects
        ):
            continue
        found = True
        kind, name = dig(item.body, "roleRef", "kind"), dig(item.body, "roleRef", "name")
        role = roles.get((str(kind), item.namespace if kind == "Role" else "", str(name)))
        if role is None:
            return None
        rules += [(item.namespace, mapping(rule)) for rule in entries(role.body.get("rules"))]
    return _Rights(rules=tuple(rules)) if found else None


def _lacking(
    repository: Repository, folder: Folder, overlay: Folder, account: str, rights: _Rights
) -> Iterator[Problem]:
    """The first object of each kind that the account may not apply."""
    made = {item.key for item in folder.objects}
    told: set[tuple[str, str]] = set()
    plurals = _plurals(repository, overlay)
    for item in overlay.objects:
        called = plurals[item.group, item.kind]
        verbs = _APPLIES if item.key not in made else ("get", "patch")
        missing = [
            verb
            for verb in verbs
            if not rights.allow(
                _Asked(
                    verb=verb,
                    group=item.group,
                    resource=called,
                    name=item.name,
                    namespace=item.namespace,
                )
            )
        ]
        if missing and (item.kind, item.namespace) not in told:
            told.add((item.kind, item.namespace))
            yield of_object(
                "account-lacks-rights",
                overlay,
                item,
                f"Flux applies it as {account}, which may not {', '.join(missing)} {called}",
            )


def _plurals(repository: Repository, overlay: Folder) -> dict[tuple[str, str], str]:
    """What the API calls each kind of *overlay*, which may define some itself."""
    own = {
        (dig(item.body, "spec", "group"), dig(item.body, "spec", "names", "kind")): str(
            dig(item.body, "spec", "names", "plural")
        )
        for item in overlay.objects
        if item.kind == "CustomResourceDefinition"
    }
    known = repository.schemas.plural
    keys = {(item.group, item.kind) for item in overlay.objects}
    return {key: own.get(key) or known(*key) or resource(*key) for key in keys}


def _granting(overlay: Folder, account: str, rights: _Rights) -> Iterator[Problem]:
    """RBAC objects that give what the account has not itself."""
    roles = {
        (item.kind, item.namespace, item.name): item
        for item in overlay.objects
        if item.group == _RBAC and item.kind in _ROLES
    }
    for item in overlay.objects:
        if item.group != _RBAC or item.kind not in _ROLES | _BINDINGS:
            continue
        verb, role, name, kind = "escalate", item, item.name, item.kind
        if item.kind in _BINDINGS:
            kind = str(dig(item.body, "roleRef", "kind"))
            name, verb = str(dig(item.body, "roleRef", "name")), "bind"
            found = roles.get((kind, item.namespace if kind == "Role" else "", name))
            role = found if found is not None else item
        asked = _Asked(
            verb=verb,
            group=_RBAC,
            resource=resource(_RBAC, kind),
            name=name,
            namespace=item.namespace,
        )
        held = role.kind in _ROLES and _holds(role, item.namespace, rights)
        if not held and not rights.allow(asked):
            yield of_object(
                "account-grants-rights",
                overlay,
                item,
                f"Flux applies it as {account}, which has not all of these rights itself, "
                f"and may not {verb} {asked.resource}",
            )


def _holds(role: KubeObject, namespace: str, rights: _Rights) -> bool:
    """Whether an account with *rights* has everything that *role* would give."""
    return all(
        rights.allow(
            _Asked(verb=verb, group=group, resource=called, name=name, namespace=namespace)
        )
        for rule in map(mapping, entries(role.body.get("rules")))
        for verb in map(str, entries(rule.get("verbs")))
        for group in map(str, entries(rule.get("apiGroups")) or [""])
        for called in map(str, entries(rule.get("resources")) or ["*"])
        for name in map(str, entries(rule.get("resourceNames")) or [""])
    )
