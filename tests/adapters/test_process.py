import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edgeops.adapters import process
from edgeops.errors import ProcessError


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_output_and_status_come_back() -> None:
    done = process.run(
        python("import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(3)"),
        accepted=(0, 3),
    )

    assert (done.stdout, done.stderr, done.status) == (b"out", "err", 3)


def test_input_is_what_the_child_reads() -> None:
    done = process.run(python("print(input()[::-1])"), input=b"abc")

    assert done.stdout == b"cba\n"


def test_without_input_the_child_does_not_wait_for_the_terminal() -> None:
    assert process.run(python("import sys; print(repr(sys.stdin.read()))")).stdout == b"''\n"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("PATH", True),
        ("HOME", True),
        ("KUBECONFIG", True),
        ("HTTPS_PROXY", True),
        ("SSH_AUTH_SOCK", True),
        ("GIT_DIR", False),
        ("KUBECTL_EXTERNAL_DIFF", False),
        ("PYTHONPATH", False),
    ],
)
def test_only_known_variables_reach_the_child(
    name: str, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "somewhere")

    done = process.run(python(f"import os; print(os.environ.get({name!r}))"))

    assert done.stdout.decode().strip() == ("somewhere" if kept else "None")


def test_an_added_variable_wins() -> None:
    done = process.run(python("import os; print(os.environ['HOME'])"), env_add={"HOME": "/nowhere"})

    assert done.stdout == b"/nowhere\n"


def test_failure_tells_the_command_the_status_and_the_words() -> None:
    with pytest.raises(ProcessError) as caught:
        process.run(python("import sys; sys.exit('no such overlay')"))

    message = str(caught.value)
    assert "failed with status 1" in message
    assert message.endswith("\n  no such overlay")


def test_a_long_complaint_is_cut_and_says_so() -> None:
    with pytest.raises(ProcessError, match="… 8 more lines"):
        process.run(python("import sys; print('x\\n' * 20, file=sys.stderr, end=''); sys.exit(1)"))


def test_absent_program() -> None:
    with pytest.raises(ProcessError, match="cannot run no-such-program: no such program"):
        process.run(("no-such-program", "--version"))


def test_absent_directory_is_not_blamed_on_the_program(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match=r"the directory .* does not exist"):
        process.run((sys.executable, "-V"), cwd=str(tmp_path / "gone"))


def test_timeout_kills_grandchildren_too(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    grandchild = f"import time, pathlib; time.sleep(2); pathlib.Path({str(mark)!r}).touch()"
    code = (
        "import subprocess, sys, time;"
        f"subprocess.Popen([sys.executable, '-c', {grandchild!r}]); time.sleep(30)"
    )
    started = time.monotonic()

    with pytest.raises(ProcessError, match=r"did not finish within 0\.5 seconds"):
        process.run(python(code), timeout=0.5)

    assert time.monotonic() - started < 20
    time.sleep(2.2)  # until the grandchild, were it alive, had left its mark
    assert not mark.exists()


def test_a_child_killed_by_a_signal() -> None:
    with pytest.raises(ProcessError, match="was killed by signal 9"):
        process.run(python("import os; os.kill(os.getpid(), 9)"))


def test_a_child_that_starts_while_others_are_abandoned_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, over = threading.Event(), threading.Event()
    popen = subprocess.Popen

    def slow(*argv: object, **options: object) -> "subprocess.Popen[bytes]":
        child = popen(*argv, **options)  # type: ignore[call-overload]
        started.set()
        over.wait(10)
        return child  # type: ignore[no-any-return]

    monkeypatch.setattr(subprocess, "Popen", slow)
    begun = time.monotonic()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(process.run, python("import time; time.sleep(60)"))
        started.wait(10)
        with process.abandoned():
            over.set()
            with pytest.raises(ProcessError, match="was killed by signal 9"):
                running.result()
    assert time.monotonic() - begun < 30
