"""A second check of a real API server: as many requests, fewer comparisons, the same verdicts."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.core import compare as comparing
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import SERVER_SIDE_FLUX, drift, ensure_namespaces, make_fleet, told

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def test_a_second_check_compares_what_changed(
    api_server: ControlPlane,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    compared: list[str] = []
    really = comparing.compare

    def counting(*pair: object) -> object:
        compared.append(pair[0].kind)  # type: ignore[attr-defined]
        return really(*pair)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "compare", counting)
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="again", name="again")
    fleet.apply(api_server, SERVER_SIDE_FLUX)

    asked = []
    begun = datetime.now(UTC)
    for secrets_alone in (False, True):
        compared.clear()
        before = datetime.now(UTC)
        status, report = drift(fleet, api_server, capsys)
        assert (status, told(report)) == (ExitStatus.OK, [])
        assert (set(compared) == {"Secret"}) is secrets_alone
        asked.append(len(api_server.asked_by("reader", since=before)))
    first, again = asked
    kinds = {uri.partition("?")[0] for _, uri in api_server.asked_by("reader", since=begun)}
    # A LIST a kind, of one page each, and discovery.
    assert first == again == len(kinds)

    namespace = fleet.namespace("region")
    api_server.kubectl("scale", "-n", namespace, "deployment/public-api", "--replicas=7")
    compared.clear()
    status, report = drift(fleet, api_server, capsys)
    assert status is ExitStatus.FINDINGS
    assert [(item["kind"], item["name"]) for item in report["findings"]] == [
        ("Deployment", "public-api")
    ]
    # Once to see it, once with what the engine applied before, where that is known.
    assert compared.count("Deployment") in {1, 2}
    shutil.rmtree(tmp_path / "cache" / "edgeops" / "verdicts")
    assert told(drift(fleet, api_server, capsys)[1]) == told(report)
