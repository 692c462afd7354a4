"""Reports in a folder, such as a volume that several pods share."""

import fcntl
from pathlib import Path

from edgeops.adapters.output import replace_file
from edgeops.errors import DeliveryError, EdgeopsError
from edgeops.ports.delivery import Step


class FolderOutbox:
    """
    Implements `edgeops.ports.Outbox`.

    Args:
        root: made when it is missing; a file in it keeps others out during an update.
    """

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def update(self, folder: str, step: Step, message: str) -> None:  # noqa: ARG002 - nowhere to keep it
        below = self._root / folder
        try:
            below.mkdir(parents=True, exist_ok=True)
            with (below / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._apply(below, step)
        except OSError as error:
            raise DeliveryError(f"{error.filename or below}: {error.strerror or error}") from error
        except DeliveryError:
            raise
        except EdgeopsError as error:
            raise DeliveryError(str(error)) from error

    def _apply(self, below: Path, step: Step) -> None:
        found = sorted(path for path in below.rglob("*") if path.is_file())
        files = {
            path.relative_to(below).as_posix(): path.read_bytes()
            for path in found
            if path.name != ".lock"
        }
        for name, content in step(files).items():
            path = below / name
            if content is None:
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(str(path), content.decode())
