"""Where a context is found: files merged as kubectl does, a pod's own account, or nowhere."""

from pathlib import Path

import pytest

from edgeops.adapters import apiserver
from edgeops.adapters.kubeconfig import access, only_a_service_account
from edgeops.errors import LiveStateError


def kubeconfig(folder: Path, name: str, *, current: bool = False, **cluster: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{name}.yaml"
    more = "".join(f"    {key.replace('_', '-')}: {value}\n" for key, value in cluster.items())
    place.write_text(
        f"""apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    server: https://{name}.example:6443
{more}users:
- name: {name}
  user:
    exec: {{apiVersion: client.authentication.k8s.io/v1, command: aws}}
contexts:
- name: {name}
  context: {{cluster: {name}, user: {name}}}
"""
        + (f"current-context: {name}\n" if current else "")
    )
    return place


@pytest.fixture(autouse=True)
def no_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_several_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one = kubeconfig(tmp_path / "a", "one", current=True)
    two = kubeconfig(tmp_path / "b", "two", certificate_authority="ca.crt")
    monkeypatch.setenv("KUBECONFIG", f"{one}:{tmp_path / 'none'}:{two}")
    assert access(None, None).config.cluster.server == "https://one.example:6443"
    found = access("two", None).config
    assert found.cluster.server == "https://two.example:6443"
    assert found.cluster.certificate_auth == str(tmp_path / "b" / "ca.crt")


def test_the_plugin_of_today(tmp_path: Path) -> None:
    """``aws eks update-kubeconfig`` may write v1 of the plugin's API."""
    found = access("one", str(kubeconfig(tmp_path, "one"))).config
    assert found.user is not None
    assert found.user.exec is not None
    assert found.user.exec.apiVersion == "client.authentication.k8s.io/v1beta1"


def test_a_proxy(tmp_path: Path) -> None:
    place = kubeconfig(tmp_path, "one", proxy_url="http://proxy.example:3128")
    assert access("one", str(place)).proxy == "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "not a kubeconfig", id="empty"),
        pytest.param("{", "not valid YAML", id="truncated"),
        pytest.param("kind: Pod\n", "not a kubeconfig", id="something-else"),
        pytest.param("kind: Config\n", "there are: none", id="no-contexts"),
        pytest.param(
            "contexts: [{name: one, context: {cluster: gone}}]\n", "does not define it", id="gone"
        ),
    ],
)
def test_what_is_no_kubeconfig(tmp_path: Path, text: str, message: str) -> None:
    place = tmp_path / "config"
    place.write_text(text)
    with pytest.raises(LiveStateError, match=message):
        access("one", str(place))


def test_a_context_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(LiveStateError, match="there are: one"):
        access("two", str(kubeconfig(tmp_path, "one")))


def test_nowhere() -> None:
    with pytest.raises(LiveStateError, match="set KUBECONFIG"):
        access("one", None)


def test_in_a_pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert only_a_service_account(None)
    with pytest.raises(LiveStateError, match="service account"):
        access("one", None)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, "one")))
    assert not only_a_service_account(None)


@pytest.mark.parametrize(
    "user",
    ["{client-certificate-data: Zm9v}", "{client-certificate: x.pem}", "{token: 7}", "{exec: []}"],
)
def test_half_a_user(tmp_path: Path, user: str) -> None:
    place = tmp_path / "config"
    place.write_text(
        "{kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],"
        " clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}],"
        f" users: [{{name: a, user: {user}}}]}}\n"
    )
    with pytest.raises(LiveStateError), apiserver.opened(None, str(place), 5):
        pass
