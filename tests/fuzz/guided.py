"""
Targets for coverage-guided fuzzing, and the corpora that it came to.

``python -m tests.fuzz.guided TARGET FOLDER [FLAGS]`` searches where atheris is installed, from and
into a folder of inputs; ``--keep TARGET FOLDER`` makes its content the corpus that tests run.
See docs/decisions/0023.
"""

import base64
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from edgeops.core import documents
from edgeops.core.jqpaths import JqPath
from edgeops.core.merge.files import merge_file
from edgeops.core.routes.filters import FilterError, parse

CORPUS: Final = Path(__file__).with_name("corpus")
_BODY: Final = {"spec": {"a": [{"name": "web"}, {"name": "b"}]}, "a": "x"}


def merge(data: bytes) -> None:
    """Three texts, a NUL between them: merged, there is nothing left to merge."""
    base, generated, yours = [*data.split(b"\0"), b"", b"", b""][:3]
    merged = merge_file("a.yaml", base, generated, yours)
    if merged.conflicts:
        assert merged.content == yours
        return
    again = merge_file("a.yaml", generated, generated, merged.content)
    assert again.content == merged.content


def document(data: bytes) -> None:
    """YAML: documents, or one refusal."""
    try:
        found = documents.load_all(data)
    except documents.DocumentError:
        return
    for one in found:
        documents.dump_json(one.value)


def consul_filter(data: bytes) -> None:
    """A filter of Consul: an answer, or one refusal."""
    try:
        found = parse(data.decode(errors="replace"))
    except FilterError:
        return
    assert found.evaluate({}) in {True, False, None}


def jq(data: bytes) -> None:
    """A jq expression: paths, or one refusal."""
    try:
        expression = JqPath(data.decode(errors="replace"))
    except ValueError:
        return
    expression.select(_BODY)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "merge": merge,
    "document": document,
    "filter": consul_filter,
    "jq": jq,
}


def corpus(target: str) -> Iterator[bytes]:
    """The inputs that are kept for a target, one a line, in base64."""
    for line in (CORPUS / f"{target}.txt").read_text().splitlines():
        yield base64.b64decode(line)


def keep(target: str, folder: Path) -> None:
    """Make the files of a folder the corpus of a target."""
    lines = sorted(base64.b64encode(file.read_bytes()).decode() for file in folder.iterdir())
    CORPUS.mkdir(exist_ok=True)
    (CORPUS / f"{target}.txt").write_text("".join(f"{line}\n" for line in lines))


def main() -> None:
    """Search, or keep."""
    if sys.argv[1] == "--keep":
        keep(sys.argv[2], Path(sys.argv[3]))
        return
    atheris = importlib.import_module("atheris")  # nobody needs it but who searches

    target = TARGETS[sys.argv.pop(1)]
    atheris.instrument_all()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
