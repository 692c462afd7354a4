"""
What a scalar of YAML means to Kubernetes, as a loader for PyYAML.

https://pkg.go.dev/sigs.k8s.io/yaml · https://pkg.go.dev/gopkg.in/yaml.v2
"""

import math
import re
from typing import Any, ClassVar

import orjson
import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TRUE = {"true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
FALSE = {"false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"}
NULL = {"", "~", "null", "Null", "NULL"}
INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]*|[1-9][0-9_]*)\Z")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


def _int(text: str) -> int:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if digits[:2] in {"0b", "0x", "0o"}:
        return sign * int(digits, 0)
    return sign * int(digits, 8 if len(digits) > 1 and digits.startswith("0") else 10)


class KubernetesLoader(_Loader):  # type: ignore[misc]
    """PyYAML's safe loader with go-yaml's scalars."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {}

    def construct_scalar_int(self, node: Any) -> int | float:
        value = _int(self.construct_scalar(node))
        return value if -(2**63) <= value < 2**64 else float(value)

    def construct_scalar_float(self, node: Any) -> float:
        text = self.construct_scalar(node)
        return _SPECIAL[text.lower()] if text.lower() in _SPECIAL else float(text)

    def construct_scalar_bool(self, node: Any) -> bool:
        return self.construct_scalar(node) in TRUE

    def construct_text(self, node: Any) -> str:
        return str(self.construct_scalar(node))

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """As the safe loader's, with keys as JSON has them: text."""
        mapping = super().construct_mapping(node, deep=deep)
        return {key if isinstance(key, str) else _key(key): item for key, item in mapping.items()}


def _key(key: Any) -> str:
    return orjson.dumps(key).decode()


def words(given: set[str]) -> re.Pattern[str]:
    """What matches each of *given*, and nothing else."""
    return re.compile("(?:" + "|".join(re.escape(word) for word in sorted(given)) + r")\Z")


KubernetesLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
KubernetesLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", words(TRUE | FALSE), list("tTyYoOfFnN")
)
KubernetesLoader.add_implicit_resolver("tag:yaml.org,2002:null", words(NULL), ["~", "n", "N", ""])
KubernetesLoader.add_implicit_resolver("tag:yaml.org,2002:int", INT, list("-+0123456789"))
KubernetesLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(f"(?:{FLOAT.pattern[:-2]}|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN))\\Z"),
    list("-+0123456789."),
)
KubernetesLoader.add_constructor("tag:yaml.org,2002:int", KubernetesLoader.construct_scalar_int)
KubernetesLoader.add_constructor("tag:yaml.org,2002:float", KubernetesLoader.construct_scalar_float)
KubernetesLoader.add_constructor("tag:yaml.org,2002:bool", KubernetesLoader.construct_scalar_bool)
KubernetesLoader.add_constructor("tag:yaml.org,2002:timestamp", KubernetesLoader.construct_text)
KubernetesLoader.add_constructor("tag:yaml.org,2002:binary", KubernetesLoader.construct_text)
# To go-yaml these are maps and lists like any other.
KubernetesLoader.add_constructor("tag:yaml.org,2002:set", KubernetesLoader.construct_yaml_map)
for _name in ("omap", "pairs"):
    KubernetesLoader.add_constructor(
        f"tag:yaml.org,2002:{_name}", KubernetesLoader.construct_yaml_seq
    )
