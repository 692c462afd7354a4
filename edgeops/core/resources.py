"""What the API calls the objects of a kind, where no schema is at hand."""

from typing import Final

_CONSUL: Final = "consul.hashicorp.com"
IRREGULAR: Final = {
    ("", "Endpoints"): "endpoints",
    (_CONSUL, "ExportedServices"): "exportedservices",
    (_CONSUL, "Mesh"): "meshes",
    (_CONSUL, "ProxyDefaults"): "proxydefaults",
    (_CONSUL, "ServiceDefaults"): "servicedefaults",
    (_CONSUL, "ServiceIntentions"): "serviceintentions",
}
"""Kinds whose plural is not what one would guess; a test compares them with the schemas."""


def resource(group: str, kind: str) -> str:
    """
    The plural under which the API has *kind*: ``deployments``.

    For a kind that is not known, what Kubernetes' own tools would guess.
    https://pkg.go.dev/k8s.io/apimachinery/pkg/api/meta#UnsafeGuessKindToResource
    """
    if (known := IRREGULAR.get((group, kind))) is not None:
        return known
    word = kind.lower()
    if word.endswith("s"):
        return f"{word}es"
    if word.endswith("y") and not word.endswith(("ay", "ey", "oy", "uy")):
        return f"{word[:-1]}ies"
    return f"{word}s"
