"""
Threads whose children reach no network, this machine's own services included.

On Linux a seccomp filter is a thread's own, and what the thread starts inherits it; no right is
needed. Where the kernel has none, whoever starts a child has what else it does to keep it off.

https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

import contextlib
import ctypes
import errno
import platform
import socket
import sys
from typing import Final

_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EACCES

# The number of socket(2), https://www.kernel.org/doc/html/latest/process/adding-syscalls.html
_SOCKET: Final = {"x86_64": 41, "aarch64": 198}

# Instructions of classic BPF, and where struct seccomp_data has the call and its first argument.
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALL, _FAMILY = 0, 16


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def forbid() -> bool:
    """
    From now on neither this thread nor what it starts opens a socket to a network.

    Returns:
        Whether the kernel does so.
    """
    number = _SOCKET.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        return False
    steps = (
        (_LOAD, 0, 0, _CALL),
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _FAMILY),
        (_EQUAL, 1, 0, socket.AF_INET),
        (_EQUAL, 0, 1, socket.AF_INET6),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    listed = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), listed)
    with contextlib.suppress(OSError, AttributeError):
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            asked = (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))
            return bool(prctl(*asked) == 0)
    return False
