"""What coverage-guided fuzzing came to is still harmless."""

import pytest

from tests.faults.results import Results
from tests.fuzz.guided import TARGETS, corpus


@pytest.mark.parametrize("target", TARGETS)
def test_the_kept_corpus(target: str, results: Results) -> None:
    inputs = list(corpus(target))
    for data in inputs:
        TARGETS[target](data)
    results.count("fuzzing", f"kept corpus: {target}", tried=len(inputs))
    assert len(inputs) >= 10
