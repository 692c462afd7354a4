from edgeops.core.reconcile import FileOutcome, InitResult, Outcome
from edgeops.report.changes import document, render_tree


def file(path: str, outcome: Outcome, before: str | None, after: str | None) -> FileOutcome:
    return FileOutcome(
        path=path,
        outcome=outcome,
        before=None if before is None else before.encode(),
        after=None if after is None else after.encode(),
    )


RESULT = InitResult(
    dry_run=True,
    files=(
        file("edgeops.yaml", Outcome.IDENTICAL, "a", "a"),
        file("base/web.yaml", Outcome.UPDATE, "a: 1\nb: 1\n", "a: 1\nb: \x1b[2J\n"),
        file("base/mine.yaml", Outcome.KEPT, "x", "x"),
        file("overlays/c/one/zone.yaml", Outcome.CREATE, None, "z\n"),
        file("overlays/c/two/zone.yaml", Outcome.DELETE, "z\n", None),
    ),
)

TREE = """\
.
├── base/
│   ├── = mine.yaml  (your edit is kept)
│   └── ~ web.yaml
└── overlays/
    └── c/
        ├── one/
        │   └── + zone.yaml
        └── two/
            └── - zone.yaml
--- a/base/web.yaml
+++ b/base/web.yaml
@@ -1,2 +1,2 @@
 a: 1
-b: 1
+b: \\x1b[2J
--- a/overlays/c/two/zone.yaml
+++ /dev/null
@@ -1 +0,0 @@
-z
Files: would be 1 created, 1 updated, 1 deleted; 1 unchanged, 1 as you edited them.
"""


def test_a_dry_run_for_people() -> None:
    assert render_tree(RESULT, color=False, width=80) == TREE


def test_colour_changes_no_word() -> None:
    import re

    coloured = render_tree(RESULT, color=True, width=80)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == TREE


def test_the_document_leaves_out_what_is_identical() -> None:
    told = document(RESULT)

    assert (told["apiVersion"], told["kind"], told["status"]) == (
        "edgeops.dev/v1alpha1",
        "Plan",
        "Changed",
    )
    assert [(item["path"], item["change"]) for item in told["changes"]] == [
        ("base/web.yaml", "update"),
        ("base/mine.yaml", "kept"),
        ("overlays/c/one/zone.yaml", "create"),
        ("overlays/c/two/zone.yaml", "delete"),
    ]
