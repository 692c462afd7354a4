"""Bugs that fuzzing, soaking and hostile input brought to light, and the cases that stay."""

from typing import Final

FOUND: Final = (
    ("a float beyond 64 bits in a list ended the comparison", "tests/fuzz/test_comparing.py"),
    ("a bidirectional mark stood raw in JSON", "tests/fuzz/test_showing.py"),
    ("an event of a watch with strange metadata ended it", "tests/adapters/test_events.py"),
    (
        "an event about another kind was taken for one of the watched",
        "tests/adapters/test_events.py",
    ),
    ("an ERROR without sense ended a watch", "tests/adapters/test_events.py"),
    ("a list that dripped was waited for without end", "tests/live/test_watch_faults.py"),
    (
        "watch told what a credential plugin prints, secrets included",
        "tests/secrets/test_canaries.py",
    ),
    (
        "a watch that was slow to go on called everything Missing",
        "tests/live/test_watch_faults.py",
    ),
    (
        "a watch that went on from an old list called it current before it heard the rest",
        "tests/live/test_watch_faults.py",
    ),
    (
        "a commit was taken back from the work tree when git failed right after it",
        "tests/crash/test_crashes.py",
    ),
    (
        "a build that began while a watch was ended kept it for ever",
        "tests/adapters/test_process.py",
    ),
    (
        "a git of a dead run that was slow to begin moved HEAD after the next run had mended it",
        "tests/crash/test_slow_git.py",
    ),
    ("a jq expression that never ends was run", "tests/core/test_bounded.py"),
    ("a jq expression ended the program (halt)", "tests/core/test_bounded.py"),
    ("a regular expression that never ends was run", "tests/core/test_bounded.py"),
    ("a line of watch told names as they are, escapes included", "tests/fuzz/test_showing.py"),
    ("a name in a message called everyone in a chat, or was a link", "tests/fuzz/test_showing.py"),
)
"""What, and the file of its case."""
