"""Texts and values for all that reads what somebody else wrote."""

import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

LONG: Final = os.environ.get("HYPOTHESIS_PROFILE") == "long"

EXECUTIONS: Final[Counter[str]] = Counter()
"""How often each test was tried with something, in this process."""

_settings = settings(
    max_examples=int(os.environ.get("EDGEOPS_FUZZ_EXAMPLES", "5000")) if LONG else 40,
    deadline=None,
    # To shrink takes minutes, and CI only has to know.
    phases=tuple(Phase) if LONG else (Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def fuzzed(test: Callable[..., None]) -> Callable[..., None]:
    """Search for as long as the profile says, and count."""
    handle: Any = test.hypothesis  # type: ignore[attr-defined]  # what `given` leaves there
    tried = handle.inner_test

    @wraps(tried)
    def counting(*args: Any, **kwargs: Any) -> None:
        EXECUTIONS[test.__name__.removeprefix("test_").replace("_", " ")] += 1
        tried(*args, **kwargs)

    handle.inner_test = counting
    return _settings(test)


NASTY: Final = (
    "\x1b[31mred\x1b[0m", "\x9b31m", "\N{RIGHT-TO-LEFT OVERRIDE}abc", "\N{ZERO WIDTH SPACE}",
    "<script>alert(1)</script>", "]]>", "&amp;", "=1+1", "@SUM(A1)", "-1+1", "a\nb", "a\rb", "|a|",
    "`a`", "[a](javascript:alert(1))", "{{ a }}", "${a}", "%00", "\ufffe", "../..", "-x", "",
    "@everyone", "<!channel>", "<https://evil.example|a>",
    "\u2028", "y", "1e3", "0x1f", "~", "null", "<<", "*", "&a", "!!str", "a: b", "#", "'", '"',
)  # fmt: skip

# Surrogates cannot be in a text that was decoded from UTF-8.
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=20))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(TEXTS, below, max_size=4)),
    max_leaves=12,
)

_PIECES = st.one_of(
    st.sampled_from(
        [
            "- ",
            "a: ", "? ", ": ", "\n", "  ", "    ", "{", "}", "[", "]", ",", "&a ", "*a", "<<: ",
            "|\n", ">-\n", "---\n", "...\n", "!!set ", "!!binary ",
            "!!python/name:os.system ", "%YAML",
            "'", '"', "#", "\t", "0x", "1_000", "9" * 30, "0o17", ".inf", ".nan", "2026-01-01",
            "12:30:45", "~", "\\", "\ufeff", "kind: ", "apiVersion: v1\n", "metadata: {name: a}\n",
            "spec:\n", "items:\n",
        ]
    ),
    TEXTS,
)  # fmt: skip
YAML_LIKE = st.lists(_PIECES, max_size=25).map("".join)
"""Texts that are nearly YAML."""
