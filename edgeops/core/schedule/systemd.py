"""
A systemd service that does one check, and a timer that starts it.

https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
"""

from edgeops.core.fleet.model import Fleet
from edgeops.core.schedule.settings import Settings, arguments

_HARDENED = """\
DynamicUser=yes
StateDirectory=edgeops
StateDirectoryMode=0700
CacheDirectory=edgeops
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077
"""


def service(fleet: Fleet, settings: Settings, *, program: str, calendar: str) -> str:
    """
    The unit that clones the repository, checks, and keeps history and reports below its state.

    Args:
        program: path of edgeops.
        calendar: when the timer starts it; said in a comment.
    """
    words = arguments(fleet, settings, state="%S/edgeops", git=None)
    lines = [
        f"# drift-{fleet.name}.service: one drift check; its timer starts it at {calendar}.",
        "[Unit]",
        f"Description=Drift check of {fleet.name}",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(map(_quoted, (program, *words)))} --git-credentials %d",
        "TimeoutStartSec=30min",
        "# Status 1 is drift, 2 is Unknown: the unit then counts as failed, and OnFailure= works.",
        "# The kubeconfig, and what clones the repository where that is not public.",
        "LoadCredential=kubeconfig:/etc/edgeops/kubeconfig",
        "#LoadCredential=username:/etc/edgeops/git-username",
        "#LoadCredential=password:/etc/edgeops/git-password",
        "Environment=KUBECONFIG=%d/kubeconfig",
        "Environment=HOME=%S/edgeops XDG_CACHE_HOME=%C/edgeops",
        "# The addresses of spec.drift.notify that are env:NAME, as NAME=address.",
        "EnvironmentFile=-/etc/edgeops/notify.env",
    ]
    return "\n".join(lines) + "\n" + _HARDENED


def timer(fleet: Fleet, *, calendar: str) -> str:
    """The unit that starts the service at *calendar* (``OnCalendar=``'s form)."""
    return f"""\
# drift-{fleet.name}.timer
[Unit]
Description=Drift checks of {fleet.name}

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=30
Persistent=yes

[Install]
WantedBy=timers.target
"""


def _quoted(word: str) -> str:
    """As systemd reads a word: ``%`` and ``$`` doubled, but for our own ``%S``."""
    plain = word.replace("%", "%%").replace("%%S/edgeops", "%S/edgeops").replace("$", "$$")
    if plain and not set(plain) & set(" \t\"'\\;"):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
