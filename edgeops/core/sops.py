"""
What SOPS leaves in a manifest: encrypted values, and a block that says how to decrypt them.

https://github.com/getsops/sops#12identifying-the-data-key-in-a-sops-file
https://fluxcd.io/flux/guides/mozilla-sops/
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from edgeops.core.objects import JsonObject

_CIPHERTEXT: Final = re.compile(r"ENC\[[A-Z0-9_]+,[^\]]*\]")
_SHORTEST_FILE: Final = 200
_BLOCK: Final = frozenset({"mac", "lastmodified"})


def is_ciphertext(value: Any) -> bool:
    """
    Whether *value* is one that SOPS encrypted, or a whole file that it encrypted.

    Such a file may stand in a Secret's ``data``, where kustomize has put it in base64.
    """
    if not isinstance(value, str):
        return False
    if _CIPHERTEXT.fullmatch(value.strip()):
        return True
    return len(value) >= _SHORTEST_FILE and (_is_file(value) or _is_file(_decoded(value)))


def is_sops_block(value: Any) -> bool:
    """Whether *value* is what SOPS writes at the top of a manifest, under ``sops``."""
    return isinstance(value, Mapping) and bool(_BLOCK & set(value))


def is_encrypted(body: JsonObject) -> bool:
    """Whether the manifest *body* has anything that SOPS encrypted."""
    return is_sops_block(body.get("sops")) or any(
        is_ciphertext(value) for name, value in _texts(body) if name != "sops"
    )


def encrypted_sections(body: JsonObject) -> frozenset[str]:
    """The top-level fields of a manifest that hold encrypted values; never its metadata."""
    found = {name for name, value in _texts(body) if is_ciphertext(value)} - {"sops", "metadata"}
    # Both are one map to the API server.
    return frozenset(found | ({"data", "stringData"} if found & {"data", "stringData"} else set()))


def _texts(body: JsonObject) -> Iterator[tuple[str, str]]:
    """Every text of *body*, with the top-level field that it stands in."""
    for name, value in body.items():
        pending = [value]
        while pending:
            current = pending.pop()
            if isinstance(current, str):
                yield name, current
            elif isinstance(current, Mapping):
                pending.extend(current.values())
            elif isinstance(current, list):
                pending.extend(current)


def _is_file(text: str) -> bool:
    return "sops" in text and "mac" in text and _CIPHERTEXT.search(text) is not None


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
