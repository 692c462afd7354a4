"""
The guard: whatever happens becomes one exit status.

click on its own exits 1 for a crash, an abort and ^C, which a script would read as "drift
found". Here 1 is only ever returned by a command that found something.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence

from edgeops.errors import EdgeopsError, ExitStatus

# What a machine may say to any program, at any call.
_NOT_OURS = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE)
)


def main(argv: Sequence[str] | None = None) -> ExitStatus:
    """
    Run the command line.

    Args:
        argv: arguments without the program's name; those of the process if None.

    Returns:
        What the process is to exit with; never raises.
    """
    try:
        return _run(argv)
    except EdgeopsError as error:
        _say(f"edgeops: {error}")
        return error.exit_status
    except KeyboardInterrupt:
        _say("edgeops: interrupted")
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return ExitStatus.FAILED
    except OSError as error:
        if error.errno not in _NOT_OURS:
            _crashed(argv, error)
            return ExitStatus.CRASHED
        place = f": {error.filename}" if error.filename else ""
        _say(f"edgeops: {error.strerror}{place}")
        return ExitStatus.FAILED
    except SystemExit as error:  # click, when a pipe that it writes to was closed
        return ExitStatus.FAILED if error.code else ExitStatus.OK
    except Exception as error:  # noqa: BLE001 - this is the one place where a bug becomes a status
        _crashed(argv, error)
        return ExitStatus.CRASHED


def _run(argv: Sequence[str] | None) -> ExitStatus:
    import click  # in here: a failing import must not read as drift

    from edgeops.cli import cli

    try:
        status = cli.main(args=argv, prog_name="edgeops", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return ExitStatus(error.exit_code)
    except click.Abort:
        _say("edgeops: interrupted")
        return ExitStatus.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitStatus.FAILED
    return ExitStatus(status or 0)


def _say(text: str) -> None:
    from edgeops.report.inert import inert_lines

    sys.stderr.write(inert_lines(text) + "\n")


def _abandon_stdout() -> None:
    # Without this the interpreter flushes the closed pipe once more on its way out.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _crashed(argv: Sequence[str] | None, error: Exception) -> None:
    try:
        from edgeops.cli.crash import crash_text

        _say(crash_text(sys.argv[1:] if argv is None else argv, error))
    except Exception:  # noqa: BLE001 - whatever is broken, a bug is told and its status is 3
        _say(f"edgeops has a bug ({type(error).__name__}), and could not even say which.")


def run() -> None:
    """Entry point of the console script; SIGTERM ends it as ^C does, with its children."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())


if __name__ == "__main__":
    run()
