"""
Become another program that does not outlive the one that started it.

``python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...`` asks Linux for a signal at the death
of the parent and then turns into PROGRAM. A pytest that is killed runs no teardown, and a
forgotten API server would hold its ports and memory for good. (The parent, to Linux, is the
*thread* that started us: start servers from a thread that lives as long as they are needed.)

Not done with ``preexec_fn``, which Python warns of in programs with threads. Elsewhere than on
Linux there is no such request; ``atexit`` has to do there.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, program: list[str]) -> None:
    """Tie this process to ``parent`` and become ``program``."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It died before we asked.
            sys.exit(1)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
