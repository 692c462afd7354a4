"""What a hostile repository names for git and kustomize to run or to reach, each with a witness."""

import socket
import threading
from pathlib import Path

from tests.adapters.gitrepo import GitDir

HOOKS = (
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit",
    "post-index-change", "post-rewrite", "pre-auto-gc", "pre-commit", "prepare-commit-msg",
    "reference-transaction",
)  # fmt: skip


class Witness:
    """Programs that leave a file when they run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._seen = folder / "seen"
        self._seen.mkdir()

    def program(self, name: str) -> str:
        """A program that leaves the file *name*, and passes on what it reads."""
        place = self.folder / name
        place.write_text(f"#!/bin/sh\ntouch {self._seen}/{name}\nexec cat\n")
        place.chmod(0o755)
        return str(place)

    @property
    def seen(self) -> list[str]:
        """What ran."""
        return sorted(item.name for item in self._seen.iterdir())

    def forget(self) -> None:
        for item in self._seen.iterdir():
            item.unlink()


class Listener:
    """A server on this machine that nobody has any business with; counts who calls."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.calls = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


def set_for_git(
    repo: GitDir, witness: Witness, listener: Listener, *, through: str | None = None
) -> list[str]:
    """
    Fill the configuration and the attributes of *repo* with traps.

    Args:
        through: the setting that leads to a file with them; None puts them in the repository's own.

    Returns:
        Their names.
    """
    settings = {
        "core.fsmonitor": witness.program("fsmonitor"),
        "core.sshCommand": witness.program("ssh"),
        "core.gitProxy": witness.program("gitProxy"),
        "core.askPass": witness.program("askPass"),
        "core.pager": witness.program("pager"),
        "core.editor": witness.program("editor"),
        "core.alternateRefsCommand": witness.program("alternateRefs"),
        "credential.helper": witness.program("credential"),
        "gpg.program": witness.program("gpg"),
        "diff.external": witness.program("diffExternal"),
        "diff.trap.command": witness.program("diffCommand"),
        "diff.trap.textconv": witness.program("textconv"),
        "filter.trap.clean": witness.program("clean"),
        "filter.trap.smudge": witness.program("smudge"),
        "filter.trap.required": "true",
        "interactive.diffFilter": witness.program("diffFilter"),
        "merge.trap.driver": witness.program("mergeDriver"),
        "sequence.editor": witness.program("sequenceEditor"),
        "submodule.sub.update": f"!{witness.program('submoduleUpdate')}",
        "uploadpack.packObjectsHook": witness.program("packObjects"),
        "log.showSignature": "true",
        "submodule.recurse": "true",
        "remote.origin.url": f"ext::{witness.program('ext')}",
        "remote.origin.uploadpack": witness.program("uploadpack"),
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
        f"url.http://127.0.0.1:{listener.port}/.insteadOf": "https://git.example.com/",
    }
    aliases = {
        f"alias.{name}": f"!{witness.program(f'alias-{name}')}"
        for name in ("status", "diff", "rev-parse", "ls-files", "ls-tree", "cat-file")
    }
    hooks = witness.folder / "hooks"
    hooks.mkdir()
    for name in HOOKS:
        Path(witness.program(f"hook-{name}")).rename(hooks / name)
    (repo.root / ".gitattributes").write_text("* filter=trap diff=trap merge=trap export-subst\n")
    settings["core.hooksPath"] = str(hooks)
    where: tuple[str, ...] = ()
    if through is not None:
        file = witness.folder / "included"
        where = ("--file", str(file))
        repo.git("config", through, str(file))
    for name, value in (settings | aliases).items():
        repo.git("config", *where, name, value)
    return [*settings, *aliases, *(f"hook {name}" for name in HOOKS)]


EXEC = """\
apiVersion: example.com/v1
kind: Trap
metadata:
  name: trap
  annotations:
    config.kubernetes.io/function: |
      {kind}
"""
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n"


def for_kustomize(witness: Witness, listener: Listener, outside: Path) -> dict[str, dict[str, str]]:
    """Folders that each ask kustomize for something that it must not do, by what that is."""
    here = f"127.0.0.1:{listener.port}"
    program = witness.program("exec")
    secret = outside / "secret.yaml"
    asked = {
        "http resource": f"resources: ['http://{here}/a.yaml']",
        "http resource of localhost": f"resources: ['http://localhost:{listener.port}/a.yaml']",
        "http repository": f"resources: ['http://{here}/acme/base.git?ref=main']",
        "git repository": f"resources: ['git::http://{here}/acme/base']",
        "git protocol": f"resources: ['git://{here}/acme/base']",
        "ssh repository": f"resources: ['ssh://git@{here}/acme/base']",
        "repository on this machine": f"resources: ['file://{outside}/repository']",
        "git on this machine": f"resources: ['git::file://{outside}/repository']",
        "ext transport": f"resources: ['ext::{program}']",
        "shorthand of a forge": "resources: ['github.com/kubernetes-sigs/kustomize/examples']",
        "remote component": f"components: ['http://{here}/component']",
        "remote patch": f"resources: [plain.yaml]\npatches: [{{path: 'http://{here}/patch'}}]",
        "remote openapi": f"resources: [plain.yaml]\nopenapi: {{path: 'http://{here}/api'}}",
        "remote crds": f"resources: [plain.yaml]\ncrds: ['http://{here}/crds']",
        "remote file of a ConfigMap":
            f"configMapGenerator: [{{name: a, files: ['a=http://{here}/file']}}]",
        "remote configuration": f"resources: [plain.yaml]\nconfigurations: ['http://{here}/c']",
        "remote file of a generator": "generators: [generator.yaml]",
        "exec generator": "generators: [exec.yaml]",
        "exec transformer": "resources: [plain.yaml]\ntransformers: [exec.yaml]",
        "exec validator": "resources: [plain.yaml]\nvalidators: [exec.yaml]",
        "container generator": "generators: [container.yaml]",
        "starlark": "resources: [plain.yaml]\ntransformers: [starlark.yaml]",
        "plugin": "generators: [plugin.yaml]",
        "helm chart": f"helmCharts: [{{name: a, repo: 'http://{here}/charts', version: 1.0.0}}]",
        "helm globals": "helmGlobals: {chartHome: /tmp}\nhelmCharts: [{name: a}]",
        "file outside": f"resources: ['{secret}']",
        "file outside by dots": "resources: [../outside/secret.yaml]",
        "link outside": "resources: [link.yaml]",
        "linked directory outside": "resources: [linked]",
        "file outside in a ConfigMap":
            f"configMapGenerator: [{{name: a, files: ['a={secret}']}}]",
        "environment outside": "configMapGenerator: [{name: a, envs: [../outside/env]}]",
        "patch outside":
            "resources: [plain.yaml]\npatches: [{path: ../outside/secret.yaml}]",
    }  # fmt: skip
    generator = (
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\n"
        f"files: ['a=http://{here}/file']\n"
    )
    functions = {
        "exec.yaml": EXEC.format(kind=f"exec: {{path: {program}}}"),
        "container.yaml": EXEC.format(kind="container: {image: 'example.com/trap:1'}"),
        "starlark.yaml": EXEC.format(kind=f"starlark: {{url: 'http://{here}/trap.star'}}"),
        "plugin.yaml": "apiVersion: example.com/v1\nkind: Trap\nmetadata: {name: a}\n",
        "generator.yaml": generator,
    }
    return {
        what: {"kustomization.yaml": text + "\n", "plain.yaml": PLAIN, **functions}
        for what, text in asked.items()
    }
