"""A small fleet, a person's own changes beside it, and what is asked of it after a crash."""

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FLEET = """\
apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {name: shop}
spec:
  repository: {url: https://git.example.com/acme/shop.git, path: fleet}
  engine: argocd
  mesh: {provider: none}
  app:
    - {name: web, image: "web:1", port: 80, front: true, probePath: /}
  clusters:
    - name: edge
      region: us-west-2
      availabilityZones: [us-west-2a]
      zones: [us-west-2-lax-1a]
"""
FRESH = (
    "init", ".", "--name", "shop", "--region", "us-west-2", "--cluster", "edge",
    "--availability-zone", "us-west-2a", "--mesh", "none", "--zone", "us-west-2-lax-1a",
    "--repo-url", "https://git.example.com/acme/shop.git",
)  # fmt: skip


_STRAYS = (".lock", ".edgeops-", "edgeops.journal", ".git/edgeops", ".git/next-index")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that a person would look at."""

    files: Mapping[str, bytes]
    head: str | None
    """The tree of HEAD's commit."""

    branch: str
    branches: tuple[str, ...]
    staged: tuple[str, ...]
    status: tuple[str, ...]
    strays: tuple[str, ...]
    """Locks, journals and temporary files."""


class Site:
    """Edgeops under faults, in directories below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases = folder / "cases"
        self.cases.mkdir()
        self.control = folder / "control"
        self.control.write_bytes(bytes(32))
        self._said = folder / "said"
        library = folder / "faults.so"
        source = Path(__file__).with_name("faults.c")
        subprocess.run(
            ("gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"), check=True
        )
        home = folder / "home"
        home.mkdir()
        (home / ".gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
            "LD_PRELOAD": str(library),
            "FAULTS_CONTROL": str(self.control),
            "FAULTS_BELOW": str(self.cases),
        }
        self._zygote = subprocess.Popen(
            (sys.executable, "-m", "tests.crash.zygote"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=Path(__file__).parents[2],
        )

    def close(self) -> None:
        self._zygote.communicate()

    def run(
        self,
        cwd: Path,
        *argv: str,
        at: int = 0,
        failure: int = 0,
        alone: bool = False,
        seconds: float | None = None,
    ) -> tuple[int, str]:
        """
        Run edgeops; its status, negative for a signal, and what it said.

        Args:
            at: the call that is hit, counted from 1; 0 hits none.
            failure: with what number that call and later ones fail; 0 kills.
            alone: kills only the process that makes the call: git, or edgeops without git.
            seconds: after which its process group is killed; what it had started lives on.
        """
        self.control.write_bytes(struct.pack("=qqqq", 0, at, failure, 0))
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        asked = {
            "argv": argv,
            "cwd": str(cwd),
            "said": str(self._said),
            "alone": alone,
            "seconds": seconds,
        }
        self._zygote.stdin.write(json.dumps(asked) + "\n")
        self._zygote.stdin.flush()
        status = int(self._zygote.stdout.readline())
        return status, self._said.read_text(errors="replace")

    @property
    def calls(self) -> int:
        """How many calls the last run made."""
        return int(struct.unpack_from("=q", self.control.read_bytes())[0])

    @contextmanager
    def copy(self, template: Path) -> Iterator[Path]:
        """A copy of *template* to break."""
        target = self.cases / "case"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(template, target, symlinks=True)
        yield target
        shutil.rmtree(target)

    def git(self, cwd: Path, *argv: str) -> str:
        environment = {k: v for k, v in self.environment.items() if k != "LD_PRELOAD"}
        return subprocess.run(
            ("git", *argv), cwd=cwd, env=environment, check=True, capture_output=True, text=True
        ).stdout.rstrip("\n")

    def fleet(self) -> Path:
        """A fleet in a folder of a repository, whose owner has changes of their own about."""
        root = self.folder / "template"
        (root / "fleet").mkdir(parents=True)
        self.git(root, "init", "--quiet")
        (root / "notes.txt").write_text("one\n")
        (root / "staged.txt").write_text("one\n")
        (root / "fleet/edgeops.yaml").write_text(FLEET)
        self.git(root, "add", "notes.txt", "staged.txt")
        self.git(root, "commit", "--quiet", "-m", "notes")
        status, said = self.run(root / "fleet", "init")
        assert status == 0, said
        (root / "notes.txt").write_text("one\ntwo, not committed\n")
        (root / "staged.txt").write_text("one\ntwo, staged\n")
        self.git(root, "add", "staged.txt")
        (root / "new.txt").write_text("not known to git\n")
        return root

    def state(self, root: Path) -> State:
        """What is there now."""
        found = [path for path in sorted(root.rglob("*")) if path.is_file()]
        own = {str(item.relative_to(root)): item for item in found}
        inside = (root / ".git").is_dir()
        asked = self.git if inside else (lambda *_: "")
        has_head = (
            inside
            and (root / ".git/refs/heads").is_dir()
            and bool(asked(root, "for-each-ref", "--format=%(refname)"))
        )
        return State(
            files={n: item.read_bytes() for n, item in own.items() if not n.startswith(".git/")},
            head=asked(root, "rev-parse", "HEAD^{tree}") if has_head else None,
            branch=asked(root, "symbolic-ref", "HEAD"),
            branches=tuple(asked(root, "for-each-ref", "--format=%(refname)").splitlines()),
            staged=tuple(asked(root, "ls-files", "--stage").splitlines()),
            status=tuple(asked(root, "status", "--porcelain", "-uall").splitlines()),
            strays=tuple(name for name in own if any(part in name for part in _STRAYS)),
        )
