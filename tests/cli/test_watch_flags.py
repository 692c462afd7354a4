"""Flags of ``edgeops watch`` that contradict each other are refused before anything is asked."""

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--url", "u", "--rev", "v1"], "--url and --rev cannot stand together"),
        (["--branch", "main"], "--branch is about the repository of --url"),
        (["--git-credentials", "/etc/git"], "--git-credentials is about the repository of --url"),
        (["--no-token", "--token-file", "t"], "--no-token and --token-file cannot stand together"),
        (["--output-file", "f"], "--output-file is for reports"),
    ],
)
def test_what_cannot_be_watched(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", *argv]) is ExitStatus.FAILED
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in " ".join(shown.err.split())


def test_a_repository_that_cannot_be_cloned(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path_factory.mktemp("no") / "where"
    assert main(["watch", "--url", str(nowhere), "--listen", "127.0.0.1:0"]) is ExitStatus.FAILED
    assert "does not exist" in capsys.readouterr().err
