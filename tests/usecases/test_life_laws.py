"""What holds in the life of every fleet, whatever it is made of."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.adapters.gitrepo import GitDir
from tests.core.fleets import ENGINES, MESHES, OWN_APP, edited

pytestmark = pytest.mark.usefixtures("isolated")

ZONES = ("us-west-2-lax-1a", "us-west-2-wl1-las-wlz-1", "us-west-2-las-1a")
NEW = ("us-west-2-phx-2a", "us-west-2-wl1-den-wlz-1", "us-west-2-den-1a")
SECOND = """\
    # the other one
    - name: second
      region: us-west-2
      availabilityZones: [us-west-2c]
      zones: [us-west-2-lax-1a]
"""

few = settings(
    max_examples=2,  # each takes a dozen runs of edgeops
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller fleet tells nothing more
)


@st.composite
def fleets(draw: Any) -> str:
    """A text of ``edgeops.yaml``."""
    app = draw(st.sampled_from(["app: hashicups\n", OWN_APP]))
    expose = draw(st.sampled_from(["none", "nodePort"]))
    zones = draw(st.lists(st.sampled_from(ZONES), unique=True, min_size=1))
    note = draw(st.sampled_from(["", "  # the first"]))
    listed = "".join(f"        - {zone}{note}\n" for zone in zones)
    text = edited(
        ("engine: argocd", f"engine: {draw(st.sampled_from(ENGINES))}"),
        (MESHES["consul-enterprise"], MESHES[draw(st.sampled_from(sorted(MESHES)))]),
        ("app: hashicups\n", app),
        ("expose: none", f"expose: {expose}"),
    )
    text = text[: text.index("        - us-west-2-lax-1a")] + listed
    second: str = draw(st.sampled_from(["", SECOND]))
    return text + second


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def quiet(fleet: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is left to do, and nothing to commit."""
    assert main(["plan", "-C", str(fleet.root), "--exit-code"]) is ExitStatus.OK
    assert "Nothing to change" in capsys.readouterr().out
    assert fleet.changes() == []


@few
@given(text=fleets(), new=st.sampled_from(NEW))
def test_a_zone_that_comes_and_goes_leaves_no_trace_and_no_step_leaves_anything_to_do(
    text: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory(prefix="edgeops-laws-") as folder:
        fleet = GitDir(Path(folder, "fleet"))
        fleet.write({"edgeops.yaml": text})
        assert main(["init", str(fleet.root), "-q"]) is ExitStatus.OK
        quiet(fleet, capsys)
        before = tree(fleet.root)
        at = ["-C", str(fleet.root), "-q", "--cluster", "edge-usw2"]

        assert main(["zone", "add", new, *at]) is ExitStatus.OK
        quiet(fleet, capsys)
        assert f"overlays/edge-usw2/{new}/zone.yaml" in tree(fleet.root)
        for _ in range(2):
            assert main(["zone", "remove", new, "--yes", *at]) is ExitStatus.OK
            quiet(fleet, capsys)

        assert tree(fleet.root) == before
