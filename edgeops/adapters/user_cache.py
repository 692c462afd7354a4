"""Where edgeops keeps what it could make again."""

import os
from pathlib import Path


def folder() -> Path | None:
    """
    The user's cache folder for edgeops, which need not exist; None for a user without a home.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    told = Path(os.environ.get("XDG_CACHE_HOME") or "")
    try:
        root = told if told.is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return root / "edgeops"
