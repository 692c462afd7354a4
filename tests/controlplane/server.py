"""
API servers on loopback ports, for as long as a ``with`` block lasts.

One ``Etcd`` can carry several ``ControlPlane``\\ s, each below a prefix of its own: to a client
they are clusters that know nothing of each other.
"""

import base64
import json
import os
import secrets
import ssl
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.controlplane.build import binaries as built_binaries
from tests.controlplane.crds import Crd, crds
from tests.controlplane.daemon import START_LIMIT_SECONDS, Daemon, StartError, free_port, listening

DEFAULT_NAME = "edge-usw2"

USERS: Mapping[str, tuple[str, ...]] = {
    "admin": ("system:masters",),
    "reader": (),
    "nobody": (),
    "system:kube-controller-manager": ("system:masters",),
    "system:kube-scheduler": (),
}
"""Users and their groups; ``expired`` is one more, whose token no server knows."""

_READER_ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "edgeops-test-reader"},
    "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}],
}
_READER_BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "edgeops-test-reader"},
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "edgeops-test-reader",
    },
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}],
}

# What those users ask for is written down, and whoever wants to change something: so that a test
# can see that edgeops only reads, whoever it is.
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [
        {"level": "Metadata", "users": ["reader", "nobody"]},
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
        {"level": "None"},
    ],
}

# A request is written down after it was answered.
_AUDIT_DELAY_SECONDS = 0.1

# Off: what needs a kubelet's heartbeat. Nodes here are objects with nobody behind them, and
# would be unreachable, and their pods evicted, after a minute.
_CONTROLLERS = "*,-node-lifecycle-controller,-node-ipam-controller,-node-route-controller"

_PORT_TAKEN = "address already in use"
_TRIES = 3


class Etcd:
    """An etcd whose data is in memory as good as: nothing is synced to disk."""

    def __init__(self, *, binaries: Path | None = None) -> None:
        self.binaries = binaries or built_binaries()
        self._folder = tempfile.TemporaryDirectory(prefix="edgeops-etcd-")
        self._daemon: Daemon | None = None
        self.url = ""

    def start(self) -> Self:
        """Start it and wait until it listens."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._start(Path(self._folder.name), attempt)
            except StartError as error:
                self._halt()
                if attempt == _TRIES or _PORT_TAKEN not in str(error):
                    self.stop()
                    raise
            else:
                break
        return self

    def _start(self, folder: Path, attempt: int) -> None:
        client, peer = free_port(), free_port()
        self.url = f"http://127.0.0.1:{client}"
        peer_url = f"http://127.0.0.1:{peer}"
        self._daemon = Daemon(
            (
                str(self.binaries / "etcd"),
                f"--data-dir={folder / f'data-{attempt}'}",
                f"--listen-client-urls={self.url}",
                f"--advertise-client-urls={self.url}",
                f"--listen-peer-urls={peer_url}",
                f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=default={peer_url}",
                "--unsafe-no-fsync",
                "--log-level=warn",
            ),
            folder / "etcd.log",
        )
        self._daemon.wait_until("listening", lambda: listening(client))

    def _halt(self) -> None:
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None

    def stop(self) -> None:
        """Stop it and remove its data; may be called twice."""
        self._halt()
        self._folder.cleanup()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run for it."""
        return () if self._daemon is None else (self._daemon.pid,)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class ControlPlane:
    """
    One cluster: an API server and, where asked for, its controllers and scheduler.

    Args:
        etcd: where it keeps its objects; without one it brings its own.
        name: the cluster's name, and that of the context in its kubeconfigs.
        controllers: run kube-controller-manager, less the node controllers.
        scheduler: run kube-scheduler.
        binaries: the folder of the programs; built when left out.
    """

    def __init__(
        self,
        etcd: Etcd | None = None,
        *,
        name: str = DEFAULT_NAME,
        controllers: bool = False,
        scheduler: bool = False,
        binaries: Path | None = None,
    ) -> None:
        self.name = name
        self.url = ""
        self._binaries = binaries or (etcd.binaries if etcd else built_binaries())
        self._own_etcd = None if etcd else Etcd(binaries=self._binaries)
        self._etcd = etcd or self._own_etcd
        self._controllers = controllers
        self._scheduler = scheduler
        self._temporary = tempfile.TemporaryDirectory(prefix=f"edgeops-{name}-")
        self.folder = Path(self._temporary.name)
        self._tokens = {user: secrets.token_hex(16) for user in (*USERS, "expired")}
        self._daemons: list[Daemon] = []
        self._tls: ssl.SSLContext | None = None

    # Life

    def start(self) -> Self:
        """
        Start the servers and wait until they serve.

        Raises:
            StartError: they do not within a minute; with the end of the log.
        """
        try:
            if self._own_etcd is not None:
                self._own_etcd.start()
            self._write_secrets()
            for attempt in range(1, _TRIES + 1):
                try:
                    self._start_api_server()
                except StartError as error:
                    if attempt == _TRIES or _PORT_TAKEN not in str(error):
                        raise
                    self._stop_daemons()
                else:
                    break
            self._start_others()
        except BaseException:
            self.stop()
            raise
        return self

    def halt(self) -> None:
        """Stop the servers; what they keep stays, for `resume`."""
        self._stop_daemons()

    def resume(self) -> None:
        """Start the servers again, at another port."""
        self._start_api_server()
        self._start_others()

    def stop(self) -> None:
        """Stop all that was started and remove its files; may be called twice."""
        self._stop_daemons()
        if self._own_etcd is not None:
            self._own_etcd.stop()
        self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run for it."""
        own = () if self._own_etcd is None else self._own_etcd.pids
        return (*(daemon.pid for daemon in self._daemons), *own)

    # Ways in

    def token(self, user: str = "admin") -> str:
        """The bearer token of a user; that of ``expired`` is known to no server."""
        return self._tokens[user]

    def kubeconfig(self, user: str = "admin", context: str | None = None) -> Path:
        """A kubeconfig file with one context, named as the cluster unless ``context`` says."""
        context = context or self.name
        file = self.folder / f"{user.replace(':', '-')}@{context.replace('/', '-')}.kubeconfig"
        cluster = {"server": self.url, "certificate-authority-data": self._authority()}
        whole = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "contexts": [{"name": context, "context": {"cluster": context, "user": user}}],
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self.token(user)}}],
        }
        text = json.dumps(whole, indent=1)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            self._write(file.name, text)
        return file

    def kubectl(
        self,
        *args: str,
        user: str = "admin",
        input: str | None = None,  # noqa: A002  (named as subprocess names it)
        editor: str = "",
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """
        Run the real kubectl against this cluster.

        Args:
            editor: what ``kubectl edit`` opens its file with.

        Raises:
            AssertionError: ``check``, and it failed; with what it said.
        """
        done = subprocess.run(
            (str(self._binaries / "kubectl"), *args),
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(self.folder),
                "KUBECONFIG": str(self.kubeconfig(user)),
                "KUBECACHEDIR": str(self.folder / "kubectl-cache"),
                "KUBE_EDITOR": editor,
            },
            input=input or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(args)}: exit {done.returncode}\n{done.stderr}")
        return done

    def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        user: str = "admin",
        content_type: str = "application/json",
    ) -> tuple[int, bytes]:
        """One HTTP request, with a JSON body where one is given; status and body back."""
        tls = self._tls or ssl.create_default_context(cafile=str(self._certificate))
        self._tls = tls
        host, port = self.url.removeprefix("https://").split(":")
        connection = HTTPSConnection(host, int(port), context=tls, timeout=30)
        try:
            connection.request(
                method,
                path,
                body=None if body is None else json.dumps(body).encode(),
                headers={
                    "Authorization": f"Bearer {self.token(user)}",
                    "Content-Type": content_type,
                    "Accept": "application/json",
                },
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """
        The JSON found at a path, as the admin.

        A server that has just started asks for patience: its storage is initialised kind by kind.

        Raises:
            AssertionError: the server did not answer 200.
        """
        status, body = self.request("GET", path)
        end = time.monotonic() + START_LIMIT_SECONDS
        while status == HTTPStatus.TOO_MANY_REQUESTS and time.monotonic() < end:
            time.sleep(0.2)
            status, body = self.request("GET", path)
        assert status == 200, f"GET {path}: {status} {body[:500]!r}"
        return json.loads(body)

    def asked_by(self, user: str, *, since: datetime | None = None) -> list[tuple[str, str]]:
        """
        Verb and URI of every request of ``reader`` or ``nobody`` so far, in the order they ended.

        Args:
            user: who asked.
            since: only what came then or later. A watch is written down when it ends, which may be
                long after the test that began it: what is counted from a length counts those too.
        """
        return [
            (event["verb"], event["requestURI"])
            for event in self._audited()
            if event["user"]["username"] == user
            and (
                since is None or datetime.fromisoformat(event["requestReceivedTimestamp"]) >= since
            )
        ]

    def changes_asked_by(self, program: str) -> list[tuple[str, str]]:
        """
        Verb and URI of every request by which a program wanted to change something, in order.

        Args:
            program: what its ``User-Agent`` begins with.
        """
        return [
            (event["verb"], event["requestURI"])
            for event in self._audited()
            if event.get("userAgent", "").startswith(program)
            and event["verb"] not in {"get", "list", "watch"}
        ]

    def _audited(self) -> list[dict[str, Any]]:
        time.sleep(_AUDIT_DELAY_SECONDS)
        text = (self.folder / "audit.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def apply(self, path: str, body: Mapping[str, Any], manager: str = "edgeops-test") -> Any:
        """
        Apply one object server-side at its own path, and return what became of it.

        Raises:
            AssertionError: the server refused it.
        """
        status, answer = self.request(
            "PATCH",
            f"{path}?fieldManager={manager}&force=true&fieldValidation=Strict",
            body=body,
            content_type="application/apply-patch+yaml",
        )
        assert status in (200, 201), f"apply {path}: {status} {answer[:1000]!r}"
        return json.loads(answer)

    def install_crds(self, definitions: Sequence[Crd] | None = None) -> None:
        """
        Install CRDs, those of Consul, Argo CD and Flux if none are named, and wait for them.

        Raises:
            AssertionError: one is refused, or not served in time.
        """
        base = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        definitions = crds() if definitions is None else definitions
        for crd in definitions:
            self.apply(f"{base}/{crd['metadata']['name']}", crd)
        wanted = {
            (crd["spec"]["group"], version["name"], crd["spec"]["names"]["plural"])
            for crd in definitions
            for version in crd["spec"]["versions"]
            if version["served"]
        }
        end = time.monotonic() + START_LIMIT_SECONDS
        while lacking := self._not_established() | (wanted - self._discovered()):
            assert time.monotonic() < end, f"CRDs not served: {sorted(lacking)}"
            time.sleep(0.1)

    # What that takes

    @property
    def _certificate(self) -> Path:
        """Its own, and the authority that signed it, made by the server at its start."""
        return self.folder / "certificates" / "apiserver.crt"

    def _authority(self) -> str:
        return base64.b64encode(self._certificate.read_bytes()).decode()

    def _write_secrets(self) -> None:
        self._write("tokens.csv", "".join(self._token_lines()))
        self._write("service-account.key", _private_key())
        self._write("audit-policy.json", json.dumps(_AUDIT_POLICY))

    def _token_lines(self) -> list[str]:
        return [
            f'{self._tokens[user]},{user},{user},"{",".join(groups)}"\n'
            for user, groups in USERS.items()
        ]

    def _write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")

    def _run(self, program: str, *flags: str) -> Daemon:
        daemon = Daemon((str(self._binaries / program), *flags), self.folder / f"{program}.log")
        self._daemons.append(daemon)
        return daemon

    def _stop_daemons(self) -> None:
        while self._daemons:
            self._daemons.pop().stop()

    def stop_api_server(self) -> None:
        """Stop the API server alone; what was stored stays."""
        server = self._daemons.pop(self._place_of_api_server())
        server.stop()

    def start_api_server(self) -> None:
        """
        Start it again where it was, for the clients that know its address.

        Raises:
            StartError: it does not serve within a minute.
        """
        self._start_api_server(int(self.url.rpartition(":")[2]))

    def _place_of_api_server(self) -> int:
        return [daemon.name for daemon in self._daemons].index("kube-apiserver")

    def _start_api_server(self, port: int | None = None) -> None:
        assert self._etcd is not None
        port = port or free_port()
        self.url = f"https://127.0.0.1:{port}"
        key = self.folder / "service-account.key"
        flags = [
            f"--etcd-servers={self._etcd.url}",
            f"--etcd-prefix=/{self.name}",
            f"--cert-dir={self._certificate.parent}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            f"--service-account-issuer=https://{self.name}.edgeops.invalid",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--allow-privileged=true",
            # One client at a time here: no queues, and no endpoint of a loopback address.
            "--enable-priority-and-fairness=false",
            "--endpoint-reconciler-type=none",
            "--profiling=false",
            f"--audit-policy-file={self.folder / 'audit-policy.json'}",
            f"--audit-log-path={self.folder / 'audit.log'}",
        ]
        if not self._controllers:
            # A pod waits for its namespace's default ServiceAccount, which a controller makes.
            flags.append("--disable-admission-plugins=ServiceAccount")
        server = self._run("kube-apiserver", *flags)
        server.wait_until("ready", self._is_ready)
        for role in (_READER_ROLE, _READER_BINDING):
            plural = f"{str(role['kind']).lower()}s"
            self.apply(f"/apis/rbac.authorization.k8s.io/v1/{plural}/edgeops-test-reader", role)

    def _is_ready(self) -> bool:
        """Serves, with its namespaces made and addresses for Services to give away."""
        if not self._certificate.exists():
            return False
        try:
            return (
                self.request("GET", "/readyz")[0] == 200
                and self.request("GET", "/api/v1/namespaces/default")[0] == 200
                and self._has_addresses()
            )
        except (OSError, HTTPException):
            return False

    def _has_addresses(self) -> bool:
        status, body = self.request("GET", "/apis/networking.k8s.io/v1/servicecidrs/kubernetes")
        return status == 200 and '"type":"Ready","status":"True"' in body.decode()

    def _start_others(self) -> None:
        if self._controllers:
            config = self.kubeconfig("system:kube-controller-manager")
            manager = self._run(
                "kube-controller-manager",
                f"--kubeconfig={config}",
                f"--controllers={_CONTROLLERS}",
                f"--service-account-private-key-file={self.folder / 'service-account.key'}",
                f"--root-ca-file={self._certificate}",
                *_ALONE,
            )
            manager.wait_until("at work", self._controllers_work)
        if self._scheduler:
            config = self.kubeconfig("system:kube-scheduler")
            self._run("kube-scheduler", f"--kubeconfig={config}", *_ALONE)

    def _controllers_work(self) -> bool:
        path = "/api/v1/namespaces/default/serviceaccounts/default"
        return self.request("GET", path)[0] == 200

    def _not_established(self) -> set[tuple[str, str, str]]:
        listed = self.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        return {
            (crd["spec"]["group"], "", crd["spec"]["names"]["plural"])
            for crd in listed["items"]
            if not any(
                condition["type"] == "Established" and condition["status"] == "True"
                for condition in crd.get("status", {}).get("conditions") or ()
            )
        }

    def _discovered(self) -> set[tuple[str, str, str]]:
        found: set[tuple[str, str, str]] = set()
        for group in self.get("/apis")["groups"]:
            for version in group["versions"]:
                status, body = self.request("GET", f"/apis/{version['groupVersion']}")
                if status == 200:
                    found |= {
                        (group["name"], version["version"], resource["name"])
                        for resource in json.loads(body)["resources"]
                    }
        return found


_ALONE = (
    "--leader-elect=false",
    "--secure-port=0",
    "--profiling=false",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
)


def _private_key() -> str:
    """
    A fresh key for service account tokens, without a tool or a library to make it.

    RFC 5915 lets the public half be left out of a private elliptic curve key, and Go's reader
    computes it: what remains is the version, 32 random bytes and the curve's name.
    """
    # Below the order of the curve, which begins with 32 one bits.
    scalar = (secrets.randbits(248) | 1).to_bytes(32, "big")
    body = b"\x02\x01\x01" + b"\x04\x20" + scalar
    body += b"\xa0\x0a\x06\x08" + bytes.fromhex("2a8648ce3d030107")
    text = base64.encodebytes(b"\x30" + bytes([len(body)]) + body).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n"
