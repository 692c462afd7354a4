"""An exit status is an API: tested through the real entry point."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgeops import __main__ as guard
from edgeops.cli import cli
from edgeops.errors import EdgeopsError, ExitStatus


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(EdgeopsError("no"), ExitStatus.FAILED, id="a-failure-of-ours"),
        pytest.param(KeyboardInterrupt(), ExitStatus.INTERRUPTED, id="interrupted"),
        pytest.param(ValueError("bug"), ExitStatus.CRASHED, id="a-bug"),
        pytest.param(RecursionError(), ExitStatus.CRASHED, id="too-deep"),
        pytest.param(SystemExit(1), ExitStatus.FAILED, id="somebody-exits-with-1"),
    ],
)
def test_whatever_happens_is_one_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: ExitStatus,
) -> None:
    """No crash may read as "drift found", which is 1."""

    def raises(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", raises)
    assert guard.main(["drift"]) is status
    assert ("has a bug" in capsys.readouterr().err) is (status is ExitStatus.CRASHED)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], ExitStatus.OK),
        (["--help"], ExitStatus.OK),
        (["drift", "--help"], ExitStatus.OK),
        (["schema"], ExitStatus.OK),
        (["no-such-command"], ExitStatus.FAILED),
        (["drift", "--no-such-flag"], ExitStatus.FAILED),
        (["init", "-C"], ExitStatus.FAILED),
    ],
)
def test_statuses_of_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: ExitStatus
) -> None:
    assert guard.main(arguments) is status


def test_a_closed_pipe_is_not_drift(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "edgeops", "schema"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == ExitStatus.FAILED
    assert "Traceback" not in done.stderr


def test_common_flags_stand_on_either_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["-C", str(tmp_path), "drift"], ["drift", "-C", str(tmp_path)]):
        assert guard.main(arguments) is ExitStatus.FAILED
        assert str(tmp_path) in capsys.readouterr().err


def test_output_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "schema.json"
    place.write_text("old")
    assert guard.main(["schema", "--output-file", str(place)]) is ExitStatus.OK
    assert capsys.readouterr().out == ""
    assert place.read_text().startswith("{")
    assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]
