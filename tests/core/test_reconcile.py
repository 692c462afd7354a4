import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.reconcile import Outcome, reconcile

A, B, C = b"a\n", b"b\n", b"c\n"


@pytest.mark.parametrize(
    ("planned", "previous", "existing", "outcome", "after"),
    [
        # New to edgeops.
        (A, None, None, Outcome.CREATE, A),
        (A, None, A, Outcome.IDENTICAL, A),
        (A, None, B, Outcome.CONFLICT, B),
        # Generated before, untouched.
        (A, A, A, Outcome.IDENTICAL, A),
        (B, A, A, Outcome.UPDATE, B),
        (None, A, A, Outcome.DELETE, None),
        # Edited by a person.
        (A, A, B, Outcome.KEPT, B),
        (B, A, B, Outcome.IDENTICAL, B),
        (C, A, B, Outcome.CONFLICT, B),
        (None, A, B, Outcome.KEPT_DROPPED, B),
        # Removed by a person.
        (A, A, None, Outcome.KEPT, None),
        (B, A, None, Outcome.CONFLICT, None),
        (None, A, None, Outcome.IDENTICAL, None),
    ],
)
def test_the_fate_of_a_file(
    planned: bytes | None,
    previous: bytes | None,
    existing: bytes | None,
    outcome: Outcome,
    after: bytes | None,
) -> None:
    def files(content: bytes | None) -> dict[str, bytes]:
        return {} if content is None else {"f": content}

    merge = reconcile(files(planned), files(previous), files(existing))

    assert [(item.path, item.outcome, item.before, item.after) for item in merge.files] == [
        ("f", outcome, existing, after)
    ]
    assert merge.mirror == files(planned)


def test_files_of_a_person_are_not_looked_at() -> None:
    assert reconcile({}, {}, {"mine": A}).files == ()


trees = st.dictionaries(st.sampled_from("vwxyz"), st.sampled_from([A, B, C]))


@given(planned=trees, previous=trees, existing=trees)
def test_reconciling_twice_changes_nothing_more(
    planned: dict[str, bytes], previous: dict[str, bytes], existing: dict[str, bytes]
) -> None:
    merge = reconcile(planned, previous, existing)
    if merge.conflicts:
        return  # then nothing is written
    after = {path: text for path, text in existing.items() if path not in merge.deletes}
    after |= merge.writes

    again = reconcile(planned, merge.mirror, after)

    assert {item.outcome for item in again.files} <= {Outcome.IDENTICAL, Outcome.KEPT}
    assert not again.writes
    assert not again.deletes


@given(planned=trees, previous=trees, existing=trees)
def test_what_a_person_wrote_is_never_lost(
    planned: dict[str, bytes], previous: dict[str, bytes], existing: dict[str, bytes]
) -> None:
    merge = reconcile(planned, previous, existing)

    for path in {*merge.writes, *merge.deletes}:
        assert existing.get(path) == previous.get(path)
