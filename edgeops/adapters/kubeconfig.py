"""
How to reach a cluster: kubeconfig files merged as kubectl merges them, or a pod's own account.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError

from edgeops.core import documents
from edgeops.errors import LiveStateError

_LISTS = ("clusters", "contexts", "users")
_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_DEFAULT = "~/.kube/config"

# A plugin answers v1 and v1beta1 alike: status.token. lightkube knows the older name only.
_EXEC_V1 = "client.authentication.k8s.io/v1"
_EXEC_V1BETA1 = "client.authentication.k8s.io/v1beta1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A cluster and the credentials for it."""

    config: SingleConfig
    proxy: str | None = None


def access(context: str | None, kubeconfig: str | None) -> Access:
    """
    The cluster of a context.

    Args:
        context: its name; None takes the current one.
        kubeconfig: a file; None takes ``KUBECONFIG`` (several files, as kubectl does), then
            ``~/.kube/config``, then the credentials of the pod that this runs in.

    Raises:
        LiveStateError: if there is no such file or context, or it is not a kubeconfig.
    """
    named = context or "the current context"
    if only_a_service_account(kubeconfig):
        return _of_the_pod(named)
    paths = _paths(kubeconfig)
    if not paths:
        raise LiveStateError(
            f"{named}: no kubeconfig: set KUBECONFIG, name a file with --kubeconfig, "
            "or check a dump with --live."
        )
    merged = _merged(paths)
    try:
        config = KubeConfig.from_dict(dict(merged)).get(context)
    except ConfigError as error:
        known = ", ".join(sorted(str(entry.get("name")) for entry in merged["contexts"]))
        place = ", ".join(map(str, paths))
        raise LiveStateError(
            f"{named}: {error} in {place}; there are: {known or 'none'}."
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LiveStateError(f"{named}: the kubeconfig does not define it: {error}.") from error
    if config is None or config.user is None:
        raise LiveStateError(f"{named}: the kubeconfig gives it no user.")
    return Access(config=config, proxy=_proxy(merged, config.context.cluster))


def only_a_service_account(kubeconfig: str | None) -> bool:
    """Whether this runs in a pod without any kubeconfig: then there is one cluster, its own."""
    return not _paths(kubeconfig) and bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def _paths(kubeconfig: str | None) -> list[Path]:
    if kubeconfig is not None:
        return [Path(kubeconfig)]
    listed = os.environ.get("KUBECONFIG", "")
    names = [name for name in listed.split(os.pathsep) if name] or [_DEFAULT]
    return [path for path in (Path(name).expanduser() for name in names) if path.is_file()]


def _merged(paths: list[Path]) -> Mapping[str, Any]:
    """Every file's entries; of two with one name the first counts."""
    merged: dict[str, Any] = {name: [] for name in _LISTS}
    for path in paths:
        body = _load(path)
        merged.setdefault("current-context", body.get("current-context") or None)
        for name in _LISTS:
            known = {entry.get("name") for entry in merged[name]}
            for entry in body.get(name) or ():
                if isinstance(entry, Mapping) and entry.get("name") not in known:
                    merged[name].append(_anchored(entry, name.removesuffix("s"), path.parent))
    return merged


def _load(path: Path) -> Mapping[str, Any]:
    try:
        body = documents.load(path.read_bytes())
    except OSError as error:
        raise LiveStateError(f"{path}: {error.strerror or error}.") from error
    except documents.DocumentError as error:
        raise LiveStateError(f"{path}: {error}.") from error
    if not isinstance(body, Mapping) or body.get("kind", "Config") != "Config":
        raise LiveStateError(f"{path}: not a kubeconfig.")
    return body


def _anchored(entry: Mapping[str, Any], key: str, folder: Path) -> dict[str, Any]:
    """The entry with its file names made absolute: they are relative to their own kubeconfig."""
    inner = dict(entry.get(key) or {})
    for name in _FILES:
        if isinstance(inner.get(name), str):
            inner[name] = str((folder / inner[name]).absolute())
    plugin = inner.get("exec")
    if isinstance(plugin, Mapping) and plugin.get("apiVersion") == _EXEC_V1:
        inner["exec"] = {**plugin, "apiVersion": _EXEC_V1BETA1}
    return {**entry, key: inner}


def _proxy(merged: Mapping[str, Any], cluster: str) -> str | None:
    for entry in merged["clusters"]:
        if entry.get("name") == cluster:
            found = entry["cluster"].get("proxy-url")
            return str(found) if found else None
    return None


def _of_the_pod(named: str) -> Access:
    try:
        config = KubeConfig.from_service_account().get()
    except (ConfigError, KeyError, OSError) as error:
        raise LiveStateError(f"{named}: no kubeconfig, and no service account: {error}.") from error
    assert config is not None
    return Access(config=config)
