import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.merge.classes import FileClass
from edgeops.core.reconcile import Outcome, Rules, reconcile

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


@pytest.mark.parametrize(
    ("kind", "planned", "previous", "existing", "outcome", "after", "mirror"),
    [
        # Owned: always as planned, and said where that takes an edit.
        (FileClass.OWNED, A, A, B, Outcome.OVERWRITE, A, A),
        (FileClass.OWNED, C, A, B, Outcome.OVERWRITE, C, C),
        (FileClass.OWNED, B, A, A, Outcome.UPDATE, B, B),
        (FileClass.OWNED, A, A, None, Outcome.CREATE, A, A),
        (FileClass.OWNED, B, A, B, Outcome.IDENTICAL, B, B),
        (FileClass.OWNED, None, A, A, Outcome.DELETE, None, None),
        (FileClass.OWNED, None, A, B, Outcome.DISCARD, None, None),
        # Seeded: made once.
        (FileClass.SEEDED, A, None, None, Outcome.CREATE, A, A),
        (FileClass.SEEDED, B, A, A, Outcome.IDENTICAL, A, A),
        (FileClass.SEEDED, C, A, B, Outcome.KEPT, B, A),
        (FileClass.SEEDED, B, A, None, Outcome.KEPT, None, A),
        (FileClass.SEEDED, A, None, B, Outcome.KEPT, B, A),
        (FileClass.SEEDED, None, A, A, Outcome.DELETE, None, None),
        (FileClass.SEEDED, None, A, B, Outcome.KEPT_DROPPED, B, None),
    ],
)
def test_the_fate_of_a_file_of_a_class(
    kind: FileClass,
    planned: bytes | None,
    previous: bytes | None,
    existing: bytes | None,
    outcome: Outcome,
    after: bytes | None,
    mirror: bytes | None,
) -> None:
    def files(content: bytes | None) -> dict[str, bytes]:
        return {} if content is None else {"f": content}

    rules = Rules(classes={"f": kind})

    merge = reconcile(files(planned), files(previous), files(existing), rules)

    (item,) = merge.files
    assert (item.outcome, item.after) == (outcome, after)
    assert merge.mirror == files(mirror)


PLAIN, FORMATTED = b"a: {b: 1}\n", b"# Copyright\na:\n    b: 1\n"


@pytest.mark.parametrize(
    ("planned", "existing", "outcome"),
    [
        (PLAIN, FORMATTED, Outcome.KEPT),
        (PLAIN, FORMATTED.replace(b"1", b"2"), Outcome.OVERWRITE),
        (PLAIN, b"a: [\n", Outcome.OVERWRITE),
        (PLAIN.replace(b"1", b"2"), FORMATTED, Outcome.OVERWRITE),
    ],
)
def test_another_layout_of_an_owned_file_is_no_edit(
    planned: bytes, existing: bytes, outcome: Outcome
) -> None:
    """Else a hook that formats what is committed, and edgeops, would undo each other for ever."""
    rules = Rules(classes={"f.yaml": FileClass.OWNED})
    merge = reconcile({"f.yaml": planned}, {"f.yaml": PLAIN}, {"f.yaml": existing}, rules)
    assert [item.outcome for item in merge.files] == [outcome]


@pytest.mark.parametrize(
    ("existing", "outcome"),
    [
        (b"a:\n    b: 1\n", Outcome.DELETE),
        (FORMATTED, Outcome.KEPT_DROPPED),
        (b"a: {b: 2}\n", Outcome.KEPT_DROPPED),
        (b"a: [\n", Outcome.KEPT_DROPPED),
    ],
)
def test_a_dropped_file_in_another_layout_is_nobodys(existing: bytes, outcome: Outcome) -> None:
    merge = reconcile({}, {"f.yaml": PLAIN}, {"f.yaml": existing})
    assert [item.outcome for item in merge.files] == [outcome]


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
