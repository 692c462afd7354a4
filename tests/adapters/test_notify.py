"""Messages through the real Apprise to a receiver on loopback."""

from pathlib import Path

import pytest

from edgeops.adapters.notify import AppriseNotifier
from edgeops.errors import DeliveryError
from edgeops.ports.notifying import Tone
from tests.controlplane.daemon import free_port
from tests.receiver import receiving

SECRET = "s3cr3t-t0ken"


def send(reference: str) -> None:
    AppriseNotifier(reference).send(
        title="Drift: 1 new", text="a/b:\n  <b>x</b>\n", tone=Tone.ALARM
    )


@pytest.mark.parametrize("how", ["env", "file"])
def test_a_message_arrives_as_it_was_written(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("CHAT", receiver.address)
        (tmp_path / "chat").write_text(receiver.address + "\n")
        send("env:CHAT" if how == "env" else f"file:{tmp_path / 'chat'}")
    (body,) = receiver.got
    assert (body["title"], body["type"]) == ("Drift: 1 new", "failure")
    assert body["message"] == "a/b:\n  <b>x</b>"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        pytest.param(None, "there is no address in it", id="unset"),
        pytest.param("  \n", "there is no address in it", id="empty"),
        pytest.param(f"nosuch://{SECRET}", "no address that edgeops knows", id="unknown"),
        pytest.param(f"json://127.0.0.1:{{port}}/{SECRET}", "did not answer", id="nobody there"),
        pytest.param(f"slack://{SECRET}", "no address that edgeops knows", id="incomplete"),
    ],
)
def test_the_address_is_in_no_error(
    address: str | None,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("CHAT", raising=False)
    if address is not None:
        monkeypatch.setenv("CHAT", address.format(port=free_port()))
    with pytest.raises(DeliveryError, match=reason) as raised:
        send("env:CHAT")
    assert str(raised.value).startswith("env:CHAT: ")
    assert raised.value.__cause__ is None
    assert SECRET not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_what_the_target_answered_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with receiving() as receiver:
        receiver.status = 403
        monkeypatch.setenv("CHAT", receiver.address)
        with pytest.raises(DeliveryError, match=r"^env:CHAT: not delivered: it answered 403$"):
            send("env:CHAT")
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="No such file"):
        send(f"file:{tmp_path / 'none'}")
