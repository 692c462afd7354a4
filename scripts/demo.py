"""
The main job from start to end, without a cluster: ``make demo``, or ``python -m scripts.demo``.

Scaffolds a fleet in a temporary directory (or in the one that is given, which then stays), and
compares it with `scripts/demo/live.yaml`, which `scripts.record_dump` recorded from a real API
server after somebody had changed things by hand. Needs edgeops and git, nothing else.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
DUMP = Path("scripts", "demo", "live.yaml")
REPOSITORY = "https://git.example.com/acme/hashicups-edge.git"
FLAGS = (
    ("--name", "hashicups"),
    ("--region", "us-west-2"),
    ("--cluster", "edge-usw2"),
    ("--availability-zone", "us-west-2a"),
    ("--availability-zone", "us-west-2b"),
    ("--zone", "us-west-2-lax-1a"),
    ("--zone", "us-west-2-las-1a"),
    ("--zone", "us-west-2-wl1-las-wlz-1"),
    ("--repo-url", REPOSITORY),
)
"""What makes the project's own ``edgeops.yaml``."""

DRIFTED = 1
_MOST_LINES_OF_A_STEP = 3
_BREAK_AFTER = 84

NEXT = """\
That was the whole job. To go on:

  . .venv/bin/activate
  edgeops init DIR --name … --region … --cluster … --availability-zone … --zone … --repo-url …
                              your own fleet; `edgeops init --help` has an example
  edgeops drift -C DIR        compare your clusters, through your kubeconfig; it only reads
  kubectl get …,… -A -o yaml --show-managed-fields > dump.yaml
                              or a dump of a cluster that you cannot reach from here
  make test                   all tests, on a real API server that is built once

README.md goes through all of it."""


class DemoError(Exception):
    """The demo did not do what it should."""


def main(argv: Sequence[str] = ()) -> int:
    """Run the demo; 0 if it did what it should."""
    try:
        if argv:
            play(Path(argv[0]).resolve())
        else:
            with tempfile.TemporaryDirectory(prefix="edgeops-demo-") as folder:
                play(Path(folder, "hashicups-edge"))
    except DemoError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    return 0


def play(fleet: Path) -> None:
    """
    The three scenes.

    Raises:
        DemoError: if a command ends otherwise than it should.
    """
    if shutil.which("git") is None:
        raise DemoError("git is not installed")
    environment = _environment()
    title(
        "1. Scaffold: one Region, two Local Zones, one Wavelength Zone",
        "One command writes the application, one overlay a zone, and what Argo CD is given;\n"
        "builds every overlay with kustomize; and commits.",
    )
    flags = [word for flag in FLAGS for word in flag]
    said = run(("edgeops", "init", str(fleet), *flags), environment, quiet_stderr=True)
    print(_shortened(said))
    title("2. The commit", "Everything follows from edgeops.yaml; change it and run init again.")
    run(("git", "-C", str(fleet), "log", "--oneline", "--shortstat"), environment)
    title(
        "3. Compare",
        f"{DUMP} is what a real API server said of this fleet after a night\n"
        "in which somebody had helped themselves with kubectl. Exit status 1: something drifted.",
    )
    run(("edgeops", "drift", "-C", str(fleet), "--live", str(DUMP)), environment, status=DRIFTED)
    title("4. Next", None)
    print(NEXT)


def title(text: str, about: str | None) -> None:
    """A scene's heading."""
    print(f"\n{_bold(text)}")
    if about:
        print(textwrap.indent(about, "   "))
    print(flush=True)


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    status: int = 0,
    quiet_stderr: bool = False,
) -> str:
    """
    Print *command*, run it, and give what it said on stderr if that was to be kept back.

    Raises:
        DemoError: if it does not exit with *status*.
    """
    print(_bold(f"$ {_wrapped(command)}"), flush=True)
    program = (sys.executable, "-m", "edgeops") if command[0] == "edgeops" else command[:1]
    done = subprocess.run(
        (*program, *command[1:]),
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE if quiet_stderr else None,
        text=True,
        check=False,
    )
    said = done.stderr or ""
    if done.returncode != status:
        print(said, file=sys.stderr)
        raise DemoError(f"{command[0]} exited with {done.returncode} instead of {status}")
    return said


def _wrapped(command: Sequence[str]) -> str:
    """The command as a person would type it; a long one is broken before flags."""
    lines = [""]
    for word in command:
        quoted = shlex.quote(word)
        if lines[-1] and word.startswith("--") and len(lines[-1]) + len(quoted) > _BREAK_AFTER:
            lines.append("   ")
        lines[-1] = f"{lines[-1]} {quoted}" if lines[-1] else quoted
    return " \\\n".join(lines)


def _shortened(said: str) -> str:
    """*said* with the longest of its indented texts cut: it is for a cluster, not for a demo."""
    lines: list[str] = []
    left_out = depth = 0
    for line in [*said.splitlines(), ""]:
        depth = depth + 1 if line.startswith(" " * 6) else 0
        if depth > _MOST_LINES_OF_A_STEP:
            left_out += 1
            continue
        if left_out:
            lines.append(f"      … ({left_out} more lines)")
            left_out = 0
        lines.append(line)
    return "\n".join(lines).rstrip()


def _environment() -> dict[str, str]:
    """The user's environment; with an identity for git where there is none, and no signing."""
    environment = dict(os.environ)
    for key, name, value in (
        ("user.name", "NAME", "edgeops demo"),
        ("user.email", "EMAIL", "demo@example.com"),
    ):
        asked = subprocess.run(("git", "config", key), capture_output=True, text=True, check=False)
        if not asked.stdout.strip():
            environment.setdefault(f"GIT_AUTHOR_{name}", value)
            environment.setdefault(f"GIT_COMMITTER_{name}", value)
    environment["GIT_PAGER"] = "cat"
    # Nobody should be asked for a passphrase by a demo.
    count = int(environment.get("GIT_CONFIG_COUNT") or 0)
    environment[f"GIT_CONFIG_KEY_{count}"] = "commit.gpgSign"
    environment[f"GIT_CONFIG_VALUE_{count}"] = "false"
    environment["GIT_CONFIG_COUNT"] = str(count + 1)
    return environment


def _bold(text: str) -> str:
    colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\x1b[1m{text}\x1b[0m" if colored else text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
