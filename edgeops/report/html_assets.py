"""
Style and scripts of the HTML page: files of the package, as constant as its code.

They are read once, whatever is reported; nothing else of this room reads anything.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

STYLE_FILES: Final = ("tokens.css", "page.css", "matrix.css", "findings.css")
EARLY_FILES: Final = ("theme.js",)
"""Run before anything is painted."""

SCRIPT_FILES: Final = ("filter.js", "list.js", "grid.js", "follow.js", "start.js")
"""One script: a file uses what the files before it define."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """What stands inline in the page, and is allowed by its digest."""

    style: str
    early: str
    script: str


@cache
def assets() -> Assets:
    """The style, the script that chooses the theme, and the script of the page."""
    return Assets(
        style=_joined(STYLE_FILES),
        early=_script(EARLY_FILES),
        script=_script(SCRIPT_FILES),
    )


def policy(*, served: bool) -> str:
    """
    The Content-Security-Policy of the page.

    https://www.w3.org/TR/CSP3/

    Args:
        served: whether a server gives the page, to which it may then connect; a file connects to
            nothing.
    """
    own = assets()
    connect = ["connect-src 'self'"] if served else []
    return _policy(
        f"script-src {_digest(own.early)} {_digest(own.script)}",
        *connect,
        types="edgeops" if served else "'none'",
    )


def plain_policy() -> str:
    """The same of a page without scripts: its style, and nothing else."""
    return _policy(types="'none'")


def _policy(*allowed: str, types: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(assets().style)}",
            *allowed,
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            f"trusted-types {types}",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script(names: tuple[str, ...]) -> str:
    return f'{{\n"use strict";\n{_joined(names)}}}\n'


def _joined(names: tuple[str, ...]) -> str:
    folder = resources.files("edgeops") / "data" / "page"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
