"""
Runs edgeops again and again in children of one process that has imported it already.

Reads a JSON object a line, ``{"argv": […], "cwd": "…", "said": "FILE", "alone": bool, "seconds":
float or null}``, and answers with the status of the run, negative for a signal.
"""

import contextlib
import json
import os
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import Any

FIRST = struct.calcsize("=qqq")
"""Where the control file of faults.c names the first process."""


def serve() -> None:
    """Until standard input ends."""
    # What a run would import lazily, once for all.
    import edgeops.adapters.kustomize
    import edgeops.adapters.recovery
    import edgeops.cli.init
    import edgeops.cli.zone
    import edgeops.usecases.plan  # noqa: F401

    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(asked)
        timer = threading.Timer(asked["seconds"] or 1e6, _killed, (child,))
        timer.start()
        _, status = os.waitpid(child, 0)
        timer.cancel()
        timer.join()
        print(os.waitstatus_to_exitcode(status), flush=True)


def _killed(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)


def _run(asked: dict[str, Any]) -> None:
    os.setsid()
    os.chdir(asked["cwd"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(asked["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(nothing, 0)
    os.dup2(said, 1)
    os.dup2(said, 2)
    with Path(os.environ["FAULTS_CONTROL"]).open("r+b") as control:
        control.seek(FIRST)
        control.write(struct.pack("=q", 0 if asked["alone"] else os.getpid()))
    from edgeops.__main__ import main

    status = 3
    try:
        status = int(main(asked["argv"]))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve()
