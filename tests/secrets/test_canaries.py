"""
Values of Secrets, tokens, passwords and addresses are in nothing that edgeops writes.

Every command runs in this process at ``-vvv``, also where it must fail; looked through are its
output, whatever it left in its folders, what it sent, and the command lines of its children.
``render`` alone prints Secrets, for that is what it is asked to do, and the cache of builds
holds what the repository holds, for the user's eyes only.
"""

import base64
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.daemon import free_port
from tests.controlplane.server import ControlPlane
from tests.faults.results import Results
from tests.gitserver import publish, served
from tests.live.fleet import EDGE, FleetOnDisk, ensure_namespaces, make_fleet
from tests.receiver import receiving
from tests.secrets.planted import Canaries, Watched, git, kubeconfig
from tests.secrets.standing import watch_of

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

FORMATS = ("table", "json", "yaml", "markdown", "html", "junit", "sarif", "prometheus")
_NUMBERS = count(1)
IN_GIT = {"secret-data", "secret-string", "generator-env", "generator-file"}


@dataclass
class House:
    """A fleet full of secrets, and what edgeops wrote while it was looked at."""

    fleet: FleetOnDisk
    folder: Path
    canaries: Canaries
    plane: ControlPlane
    capfd: pytest.CaptureFixture[str]
    wrote: list[tuple[str, bytes]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def run(self, *argv: str, expect: ExitStatus | None = None) -> ExitStatus:
        """Run one command at ``-vvv``, and keep what it printed."""
        self.capfd.readouterr()
        status = main([*argv, "-vvv"])
        shown = self.capfd.readouterr()
        self.wrote.append((" ".join(argv), (shown.out + shown.err).encode()))
        assert status is not ExitStatus.CRASHED, shown.err
        assert expect is None or status is expect, shown.err
        return status

    def drift(self, *argv: str, expect: ExitStatus | None = None) -> ExitStatus:
        return self.run("drift", "-C", str(self.fleet.root), *argv, expect=expect)

    def config(self, name: str, user: dict[str, object], server: str = "", **more: str) -> str:
        """A kubeconfig file; without a server it leads to the real one."""
        authority = self.plane.folder / "certificates" / "apiserver.crt"
        place = self.folder / "planted" / f"{name}.kubeconfig"
        text = base64.b64encode(authority.read_bytes()).decode()
        place.write_text(kubeconfig(server or self.plane.url, text, user, **more))
        return str(place)


@pytest.fixture
def house(
    api_server: ControlPlane,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[House]:
    canaries = Canaries()
    # Without controllers a namespace that was deleted stays: each test has its own.
    prefix = f"canary-{next(_NUMBERS)}"
    own = tmp_path / "own"
    for name, folder in (
        ("HOME", "home"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("TMPDIR", "tmp"),
    ):
        (own / folder).mkdir(parents=True)
        monkeypatch.setenv(name, str(own / folder))
    monkeypatch.setattr(tempfile, "tempdir", str(own / "tmp"))
    monkeypatch.setenv("SOME_PASSWORD", canaries["environment"])
    (tmp_path / "planted").mkdir()
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "planted" / "fleet", prefix=prefix, name=prefix)
    made = House(fleet=fleet, folder=tmp_path, canaries=canaries, plane=api_server, capfd=capfd)
    _plant(made)
    yield made
    api_server.kubectl(
        "delete", "namespace", f"{prefix}-region", f"{prefix}-{EDGE}", "--wait=false"
    )


def _plant(house: House) -> None:
    """Secrets in git and others in the cluster, so that all of them differ."""
    canaries, overlay = house.canaries, house.fleet.overlay(EDGE)
    data = base64.b64encode(canaries["secret-data"].encode()).decode()
    (overlay / "secrets.yaml").write_text(f"""apiVersion: v1
kind: Secret
metadata: {{name: plain}}
data: {{key: {data}, gone: {data}}}
stringData: {{text: {canaries["secret-string"]}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: sealed}}
stringData: {{key: "ENC[AES256_GCM,data:3g==,iv:AAAA,tag:BBBB,type:str]"}}
sops: {{version: 3.9.0, mac: "ENC[AES256_GCM,data:3g==,iv:AAAA,tag:BBBB,type:str]"}}
""")
    (overlay / "some.env").write_text(f"PASSWORD={canaries['generator-env']}\n")
    (overlay / "some.key").write_text(canaries["generator-file"])
    kustomization = overlay / "kustomization.yaml"
    text = kustomization.read_text().replace("resources:\n", "resources:\n- secrets.yaml\n", 1)
    kustomization.write_text(
        f"{text}\nsecretGenerator:\n- name: made\n  envs: [some.env]\n  files: [some.key]\n"
    )
    git(house.fleet.root, "add", "-A")
    git(house.fleet.root, "commit", "-qm", "Secrets")
    house.plane.kubectl("apply", "-k", str(house.fleet.overlay("region")))
    house.plane.kubectl("apply", "-k", str(overlay), "--validate=false")  # SOPS adds a field
    folder = house.fleet.root / "clusters" / "edge-usw2" / house.fleet.engine
    house.plane.kubectl("apply", "-k", str(folder))
    here = ("-n", house.fleet.namespace(EDGE))
    for name in ("plain", "sealed"):
        key = "secret-live" if name == "plain" else "sops"
        patch = json.dumps({"stringData": {"key": canaries[key]}})
        house.plane.kubectl("patch", *here, "secret", name, "-p", patch)
    applied = json.dumps(
        {"apiVersion": "v1", "kind": "Secret", "stringData": {"gone": canaries["last-applied"]}}
    )
    note = {
        "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}}
    }
    house.plane.kubectl("patch", *here, "secret/plain", "-p", json.dumps(note))
    extra = ("create", "secret", "generic", "extra")
    house.plane.kubectl(*extra, *here, f"--from-literal=a={canaries['secret-live-extra']}")


def _look_at_everything(house: House) -> None:
    """Every command that reads, in every format, with the rights to all."""
    admin = house.config("admin", {"token": house.plane.token("admin")})
    root, out = str(house.fleet.root), house.folder / "own"
    for form in FORMATS:
        house.drift("-o", form, "--kubeconfig", admin, expect=ExitStatus.FINDINGS)
    file = str(out / "report.json")
    house.drift("-o", "json", "--output-file", file, "--kubeconfig", admin)
    house.drift("-o", "html", "--output-file", str(out / "page.html"), "--kubeconfig", admin)
    for name in ("plain", "sealed", "extra"):
        for form in ("table", "json"):
            house.drift("--explain", f"Secret/{name}", "-o", form, "--kubeconfig", admin)
    house.drift("--confirm", "always", "-o", "json", "--kubeconfig", admin)
    for form in ("table", "html", "markdown"):
        house.run("report", "convert", file, "-o", form)
    live = house.plane.kubectl(
        *("get", "secrets,configmaps,services,deployments", "-n", house.fleet.namespace(EDGE)),
        *("-o", "yaml"),
    )
    dump = house.folder / "planted" / "dump.yaml"
    dump.write_text(live.stdout)
    house.drift("--live", str(dump), "--zone", EDGE, "-o", "json")
    dump.write_text(live.stdout.replace("kind: Secret", "kind: Secret\n  ]broken"))
    house.drift("--live", str(dump), "--zone", EDGE, expect=ExitStatus.FAILED)
    for argv in (
        ("plan",),
        ("validate",),
        ("routes", "--prove"),
        ("routes", "--live", "--kubeconfig", admin),
        ("nodes", "--check", "--kubeconfig", admin),
        ("zone", "list", "--nodes", "--kubeconfig", admin),
        ("schedule", "kubernetes", "--image", "example.com/edgeops:1"),
        ("init", root, "--dry-run"),
    ):
        house.run(*argv, "-C", root)


def _ways(house: House) -> Mapping[str, tuple[dict[str, object], str, dict[str, str]]]:
    """Every way to a cluster that does not lead there, with a secret in each."""
    canaries, closed = house.canaries, f"127.0.0.1:{free_port()}"
    failing = ["-c", 'echo "no: $KEY $0 $1" >&2; exit 1', canaries["exec-arg"]]
    lying = ["-c", 'echo "{\\"status\\": {\\"token\\": \\"$KEY\\\\nx\\"}}"']
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "sh",
        "env": [{"name": "KEY", "value": canaries["exec-env"]}],
    }
    key = base64.b64encode(canaries["client-key"].encode()).decode()
    token = house.plane.token("admin")
    return {
        "expired": ({"token": canaries["expired-token"]}, "", {}),
        "newline": ({"token": canaries["broken-token"] + "\nX-Other: 1"}, "", {}),
        "unicode": ({"token": canaries["broken-token"] + "é"}, "", {}),
        "password": ({"username": "me", "password": canaries["password"]}, "", {}),
        "key": ({"client-certificate-data": key, "client-key-data": key}, "", {}),
        "plugin": ({"exec": {**plugin, "args": failing}}, "", {}),
        "lying-plugin": ({"exec": {**plugin, "args": lying}}, "", {}),
        "no-plugin": (
            {"exec": {**plugin, "command": "/no/such"}},
            "",
            {},
        ),
        "closed": ({"token": token}, f"https://me:{canaries['server-url']}@{closed}", {}),
        "bad-url": ({"token": token}, f"https://me:{canaries['server-url']}@[", {}),
        "proxy": (
            {"token": token},
            "",
            {"proxy-url": f"http://me:{canaries['proxy-url']}@{closed}"},
        ),
        "strange-proxy": ({"token": token}, "", {"proxy-url": f"x://me:{canaries['proxy-url']}@h"}),
    }


def _be_refused(house: House) -> None:
    for name, (user, server, more) in _ways(house).items():
        config = house.config(name, user, server, **more)
        for form in ("table", "json"):
            house.drift("-o", form, "--kubeconfig", config, expect=ExitStatus.FAILED)
    with pytest.MonkeyPatch.context() as patch:
        closed = f"127.0.0.1:{free_port()}"
        patch.setenv("HTTPS_PROXY", f"http://me:{house.canaries['proxy-variable']}@{closed}")
        config = house.config("variable", {"token": house.plane.token("admin")})
        house.drift("--kubeconfig", config, expect=ExitStatus.FAILED)


def _stand_watch(house: House) -> None:
    """`edgeops watch` by each of those ways, and by one that leads there; all that it serves."""
    configs = {
        name: house.config(name, user, server, **more)
        for name, (user, server, more) in _ways(house).items()
    }
    configs["admin"] = house.config("admin", {"token": house.plane.token("admin")})
    names = sorted(configs)
    for few in (names[at : at + 4] for at in range(0, len(names), 4)):
        with ExitStack() as stack:
            runs = [
                (name, stack.enter_context(watch_of(house.fleet.root, configs[name])))
                for name in few
            ]
            for name, run in runs:
                run.wait()
                assert ("Unknown" in run.report()) is (name != "admin"), run.report()[:2000]
                house.wrote += [(f"watch {name}: {what}", text) for what, text in run.said()]


def _tell(house: House) -> None:
    """People told, and not reached, by addresses that are secrets."""
    canaries, root = house.canaries, house.fleet.root
    admin = house.config("admin", {"token": house.plane.token("admin")})
    place = house.folder / "planted" / "address"
    fleet = root / "edgeops.yaml"
    text = fleet.read_text()
    fleet.write_text(f"{text}  drift: {{notify: [{{url: 'env:TOLD'}}, {{url: 'file:{place}'}}]}}\n")
    history = str(house.folder / "own" / "history.db")
    argv = ("--worktree", "--history", history, "--notify", "--kubeconfig", admin)
    with receiving() as receiver, pytest.MonkeyPatch.context() as patch:
        receiver.path = f"/{canaries['apprise']}"
        patch.setenv("TOLD", receiver.address)
        place.write_text(f"json://me:{canaries['apprise-file']}@127.0.0.1:{free_port()}/")
        house.drift(*argv)
        patch.setenv("TOLD", f"nosuch://{canaries['apprise']}")
        place.write_text(f"json://me:{canaries['apprise-file']}@[bad")
        house.drift(*argv)
        assert receiver.got
        house.sent += [json.dumps(body).encode() for body in receiver.got]
    house.run("history", "--history", history, "-C", str(root))
    fleet.write_text(text)


def _fail_with_git(house: House) -> None:
    """Clones, fetches and pushes that are refused, by addresses with a password."""
    root, canaries = house.fleet.root, house.canaries
    with served(house.folder / "planted") as address:
        publish(root, house.folder / "planted" / "hub.git")
        secret = address.replace("://", f"://reader:{canaries['repository-url']}@")
        url = f"{secret}/hub.git"
        with (root / ".git" / "config").open("a") as config:
            config.write(f'[remote "origin"]\n\turl = {url}\n')
        fleet = root / "edgeops.yaml"
        text = fleet.read_text()
        fleet.write_text(text.replace(f"zones: [{EDGE}]", f"zones: [{EDGE}, us-west-2-las-1a]"))
        house.run("init", str(root), "--push", expect=ExitStatus.FAILED)
        git(root, "checkout", "-q", "--force", "HEAD~1", "--detach")
        house.drift("--rev", "f" * 40, "--live", os.devnull)
        git(root, "checkout", "-q", "main")
    fleet.write_text(
        text.replace("https://git.example.com", f"https://me:{canaries['repository-url']}@x")
    )
    house.run("validate", "-C", str(root), expect=ExitStatus.FAILED)
    git(root, "checkout", "-q", "--force", "main")


def _fail_to_build(house: House) -> None:
    """Overlays that kustomize cannot build, for what stands in their Secrets."""
    overlay, canaries = house.fleet.overlay(EDGE), house.canaries
    secrets = overlay / "secrets.yaml"
    text = secrets.read_text()
    config = house.config("admin", {"token": house.plane.token("admin")})
    for broken in (
        text.replace("data: {key: ", "data: {key: ]"),
        text.replace("stringData: {", f"stringData: [{canaries['secret-string']}, {{"),
        text.replace("kind: Secret", "kind: [Secret]", 1),
        text + f"\n---\n{canaries['secret-string']}\n",
    ):
        secrets.write_text(broken)
        root = str(house.fleet.root)
        house.run("validate", "-C", root)
        house.run("plan", "-C", root)
        house.drift("--worktree", "--kubeconfig", config)
        house.drift("--worktree", "--kubeconfig", config, "-o", "json")
    secrets.write_text(text)


def test_nothing_is_told_that_is_secret(house: House, results: Results) -> None:
    watched = Watched()
    with watched.running():
        _look_at_everything(house)
        _be_refused(house)
        _stand_watch(house)
        _tell(house)
        _fail_to_build(house)
        _fail_with_git(house)
    looked = [(f"edgeops {name}", text) for name, text in house.wrote]
    looked += [("a message", text) for text in house.sent]
    # The tests' own kubectl and the plugin are told secrets on their command lines; and git tells
    # its own helper the address of a remote, with the password that a person has put there.
    lines = [
        line
        for line in watched.lines
        if (b"git" in line or b"kustomize" in line) and b"remote-http" not in line
    ]
    looked += [("a command line", line) for line in lines]
    own = house.folder / "own"
    files = [place for place in own.rglob("*") if place.is_file()]
    looked += [(str(place.relative_to(own)), place.read_bytes()) for place in files]
    found: list[tuple[str, str]] = []
    for where, text in looked:
        names = house.canaries.found(text)
        if where.startswith("cache/edgeops/builds"):
            names -= IN_GIT
        found += [(where, name) for name in sorted(names)]
    for name in house.canaries.values:
        results.count("canaries", name, sum(one == name for _, one in found), tried=len(looked))
    assert found == []
    assert len(house.wrote) > 60
    assert lines
    for place in own.glob("cache/edgeops/builds*/**/*"):
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0, place


def test_what_is_planted_would_be_found(house: House) -> None:
    """``render`` prints Secrets, since that is what it is for: their canaries are seen there."""
    house.run("render", EDGE, "-C", str(house.fleet.root), expect=ExitStatus.OK)
    ((_, text),) = house.wrote
    assert house.canaries.found(text) == IN_GIT
