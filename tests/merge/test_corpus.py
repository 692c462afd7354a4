"""Every case of the corpus, decided as `edgeops init` decides it."""

import pytest

from edgeops.core.reconcile import Rules, reconcile
from edgeops.wiring import schemas
from tests.merge.corpus import Case, Tree, cases


def after(case: Case, rules: Rules) -> Tree:
    """The work tree after a merge without conflicts."""
    merge = reconcile(case.generated, case.base, case.yours, rules)
    assert merge.conflicts == ()
    kept = {path: text for path, text in case.yours.items() if path not in merge.deletes}
    return {**kept, **merge.writes}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case) -> None:
    rules = Rules(schemas=schemas())
    if case.expected is not None:
        assert after(case, rules) == case.expected
        return
    merge = reconcile(case.generated, case.base, case.yours, rules)
    told = [
        {
            "path": item.path,
            "line": conflict.line,
            "field": conflict.field or None,
            "base": conflict.base,
            "generated": conflict.generated,
            "yours": conflict.yours,
        }
        for item in merge.files
        for conflict in item.conflicts
    ]
    assert len(told) == len(case.conflicts) > 0
    for found, wanted in zip(told, case.conflicts, strict=True):
        assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.conflicts], ids=lambda case: case.name
)
def test_a_way_on(case: Case) -> None:
    """Either answer resolves every conflict of the corpus, and the next run is quiet."""
    schema = schemas()
    mine = after(case, Rules(schemas=schema, keep_mine=["."]))
    theirs = after(case, Rules(schemas=schema, take_generated=["."]))

    assert mine != theirs
    for tree in (mine, theirs):
        again = reconcile(case.generated, case.generated, tree, Rules(schemas=schema))
        assert not again.conflicts
        assert not again.writes
        assert not again.deletes


def test_there_are_enough() -> None:
    """So that the tests above cannot pass for want of cases."""
    names = [case.name for case in cases()]
    assert len(names) >= 50
    assert {name.partition("-")[0] for name in names if name.startswith("upgrade/")} == {
        f"upgrade/s{number:02}" for number in range(1, 11)
    }
