"""Every case of the corpus gets its verdict, and the corpus is as broad as it has to be."""

import json
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.drift.corpus import Case, asked, cases

CORPUS = tuple(cases())
THROUGH_THE_DOOR = CORPUS[::12]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_verdict(case: Case) -> None:
    assert asked(case) == case.expected


@pytest.mark.parametrize("case", THROUGH_THE_DOOR, ids=lambda case: case.name)
def test_verdict_of_the_program(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side in ("desired", "live"):
        whole = {"apiVersion": "v1", "kind": "List", "items": case.body[side]}
        (tmp_path / f"{side}.json").write_text(json.dumps(whole))
    desired, live = (str(tmp_path / f"{side}.json") for side in ("desired", "live"))
    status = main(["drift", "--desired", desired, "--live", live, "-o", "json"])
    report = json.loads(capsys.readouterr().out)
    assert status is (ExitStatus.FINDINGS if case.expected else ExitStatus.OK)
    assert [
        (
            finding["drift"],
            f"{finding['kind']}/{finding['name']}",
            finding["severity"],
            [(field["change"], field["path"]) for field in finding["fields"]],
        )
        for finding in report["findings"]
    ] == [
        (
            finding["drift"],
            finding["object"],
            finding["severity"],
            [(field["change"], field["path"]) for field in finding.get("fields", ())],
        )
        for finding in case.expected
    ]


def test_the_corpus_is_broad() -> None:
    clean = [case for case in CORPUS if not case.expected]
    recorded = [case for case in CORPUS if "record" in case.body]
    assert len(CORPUS) >= 300
    assert 0.45 <= len(clean) / len(CORPUS) <= 0.6
    assert len(recorded) >= 40
    assert all(str(case.body["source"]).strip() for case in CORPUS)
