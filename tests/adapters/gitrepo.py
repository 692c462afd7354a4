"""A real git repository for tests, with an identity of its own."""

import os
import subprocess
from pathlib import Path

import pytest


class GitDir:
    """A work tree and git in it, undisturbed by the configuration of the machine."""

    def __init__(self, root: Path, *init: str) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *init)

    def git(self, *argv: str) -> str:
        return subprocess.run(
            ("git", *argv), cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.rstrip("\n")

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

    def commit(self, files: dict[str, str], message: str = "by hand") -> str:
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def hook(self, name: str, script: str) -> None:
        place = self.root / ".git/hooks" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def changes(self) -> list[str]:
        """What git status says, one line a path."""
        return self.git("status", "--porcelain", "--untracked-files=all").splitlines()

    def committed(self) -> list[str]:
        """The paths of the last commit."""
        return self.git("show", "--format=", "--name-only", "HEAD").splitlines()


def isolate(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Have git read no configuration but the repository's own, and nothing in its owner's home."""
    home.mkdir(exist_ok=True)
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }.items():
        patch.setenv(name, value)
