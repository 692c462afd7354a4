"""Where a report goes when it does not go to stdout."""

import contextlib
import os
import tempfile
from pathlib import Path

from edgeops.errors import EdgeopsError


def replace_file(path: str, text: str) -> None:
    """
    Write *text* to *path* so that a reader sees the old content or the new, never half.

    Raises:
        EdgeopsError: if the place cannot be written.
    """
    target = Path(path)
    try:
        handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(scratch).chmod(0o644)
            Path(scratch).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(scratch).unlink()
            raise
    except OSError as error:
        raise EdgeopsError(f"{path}: cannot be written: {error.strerror or error}.") from error
