"""History, notifications and stored reports through the real entry point."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.core.moments import written
from edgeops.errors import ExitStatus
from tests.receiver import Receiver, receiving

ROOT = Path(__file__).parent.parent.parent
DUMP = ROOT / "scripts" / "demo" / "live.yaml"


@dataclass
class Shop:
    """A committed copy of the sample fleet, a dump of its cluster, and a state folder."""

    root: Path
    dump: Path
    state: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """A process of its own."""
        return subprocess.run(
            (sys.executable, "-m", "edgeops", "-C", str(self.root), *argv),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.state),
                "XDG_STATE_HOME": str(self.state),
                "PYTHONPATH": str(ROOT),
                **self.environment,
            },
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )

    def drift(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        return self.run("drift", "--live", str(self.dump), *argv)

    def mend(self, kind: str, name: str) -> None:
        """Take one extra object out of the dump."""
        items = [item.value for item in documents.load_all(self.dump.read_bytes())]
        lists = items[0]["items"] if len(items) == 1 else items
        left = [item for item in lists if (item["kind"], item["metadata"]["name"]) != (kind, name)]
        assert len(left) < len(lists)
        body = {"apiVersion": "v1", "kind": "List", "items": left}
        self.dump.write_text(documents.dump_json(body))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    root = tmp_path / "shop"
    root.mkdir()
    for name in ("base", "overlays", "clusters"):
        shutil.copytree(ROOT / name, root / name)
    text = (ROOT / "edgeops.yaml").read_text()
    body = documents.load(text)
    body["spec"]["drift"] = {"notify": [{"url": "env:CHAT"}]}
    (root / "edgeops.yaml").write_text(documents.dump_yaml(body))
    for argv in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Fleet")):
        subprocess.run(("git", *argv), cwd=root, check=True)
    dump = tmp_path / "live.yaml"
    shutil.copy(DUMP, dump)
    state = tmp_path / "state"
    state.mkdir()
    return Shop(root=root, dump=dump, state=state)


@pytest.fixture
def told(shop: Shop) -> Iterator[Receiver]:
    with receiving() as receiver:
        shop.environment["CHAT"] = receiver.address
        yield receiver


def test_nothing_is_remembered_unless_asked(shop: Shop) -> None:
    assert shop.drift("-q").returncode == 1
    assert list(shop.state.rglob("*.sqlite")) == []
    asked = shop.run("history")
    assert asked.returncode == 2
    assert "there is no history yet: 'edgeops drift --history' begins one" in asked.stderr


def test_the_fleets_own_history(shop: Shop) -> None:
    for _ in range(2):
        ran = shop.drift("--history", "-o", "json")
        assert (ran.returncode, ran.stderr) == (1, "")
    (file,) = shop.state.rglob("*.sqlite")
    assert file.parent == shop.state / "edgeops" / "history"
    body = json.loads(shop.run("history", "-o", "json").stdout)
    found = json.loads(ran.stdout)
    assert (body["kind"], body["status"]) == ("History", "OutOfSync")
    assert body["lastRun"]["startedAt"] == found["startedAt"]
    named = {(item["zone"], item["kind"], item["name"]) for item in found["findings"]}
    assert {(item["zone"], item["kind"], item["name"]) for item in body["episodes"]} == named
    assert {item["state"] for item in body["episodes"]} == {"open"}
    zone = json.loads(shop.run("history", "--zone", "us-west-2-lax-1a", "-o", "json").stdout)
    assert {item["zone"] for item in zone["episodes"]} == {"us-west-2-lax-1a"}


def test_the_history_has_the_formats_of_a_report(shop: Shop) -> None:
    first = json.loads(shop.drift("--history", "-o", "json").stdout)["startedAt"]
    shop.mend("ConfigMap", "hotfix")
    while written(datetime.now(UTC)) <= first:  # a second at most: moments are whole seconds
        time.sleep(0.02)
    found = len(json.loads(shop.drift("--history", "-o", "json").stdout)["findings"])

    def shown(form: str, *flags: str) -> str:
        ran = shop.run("history", "-o", form, *flags)
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    page = shown("html")
    assert (page.count("<article"), page.count("<script")) == (found + 1, 0)
    assert page.index("resolved</span>") > page.rindex('class="chip medium"')
    root = ET.fromstring(shown("junit"))
    assert (root.get("tests"), root.get("failures")) == (str(found + 2), str(found))

    def states(*flags: str) -> list[str]:
        (run,) = json.loads(shown("sarif", *flags))["runs"]
        return sorted(item["baselineState"] for item in run["results"])

    assert states() == ["absent", *["unchanged"] * found]
    # What opened and was resolved within the hour is in neither of the two.
    assert states("--since", "1h") == ["new"] * found
    assert 'edgeops_history_status{status="OutOfSync"} 1' in shown("prometheus")


def test_a_page_says_since_when_what_is_known_has_been_open(shop: Shop) -> None:
    assert "first seen" not in shop.drift("--history", "-o", "html").stdout
    body = json.loads(shop.run("history", "-o", "json").stdout)
    page = shop.drift("--history", "-o", "html").stdout
    for episode in body["episodes"]:
        assert f"first seen {episode['firstSeen']}" in page
    assert page.count("<dt>open for</dt>") == len(body["episodes"]) == page.count("<article")


def test_since_and_open(shop: Shop) -> None:
    file = str(shop.root / "h.sqlite")
    shop.drift("--history", file)
    shop.mend("ConfigMap", "hotfix")
    shop.drift("--history", file)

    def names(*flags: str) -> list[str]:
        ran = shop.run("history", "--history", file, "-o", "json", *flags)
        assert ran.returncode == 0
        return [item["name"] for item in json.loads(ran.stdout)["episodes"]]

    assert "hotfix" in names("--since", "1h")
    assert "hotfix" not in names("--open")
    assert len(names("--open")) == len(names()) - 1
    assert names("--since", "2999-01-01") == []
    wrong = shop.run("history", "--history", file, "--since", "yesterday")
    assert wrong.returncode == 2
    assert "'yesterday' is neither a span such as 24h nor a time" in wrong.stderr


def test_a_part_of_the_fleet_resolves_nothing_elsewhere(shop: Shop) -> None:
    shop.drift("--history")
    before = json.loads(shop.run("history", "-o", "json").stdout)["episodes"]
    for flags in (("--zone", "us-west-2-lax-1a"), ("--shard", "1/3")):
        shop.drift("--history", *flags)
    after = json.loads(shop.run("history", "-o", "json").stdout)["episodes"]
    assert {item["state"] for item in after} == {"open"}
    assert len(after) == len(before)


def _without_times(text: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text)
    return {
        key: value for key, value in body.items() if key not in {"startedAt", "durationSeconds"}
    }


@pytest.mark.parametrize("broken", ["garbage", "folder", "below a file"])
def test_a_broken_history_costs_one_warning_and_nothing_else(
    shop: Shop, told: Receiver, broken: str
) -> None:
    file = shop.root / "h.sqlite"
    if broken == "garbage":
        file.write_bytes(b"no database " * 999)
    elif broken == "folder":
        file.mkdir()
    else:
        file.write_text("")
        file = file / "h.sqlite"
    plain = shop.drift("-o", "json")
    ran = shop.drift("-o", "json", "--history", str(file))
    assert ran.returncode == plain.returncode == 1
    assert _without_times(ran.stdout) == _without_times(plain.stdout)
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith(f"edgeops: history: {file}: ")
    both = shop.drift("-o", "json", "--history", str(file), "--notify")
    assert both.returncode == 1
    assert "nobody was told" in both.stderr
    assert told.tried == 0
    assert shop.run("history", "--history", str(file)).returncode == 2


def test_told_once_over_restarts_and_again_what_failed(shop: Shop, told: Receiver) -> None:
    told.status = 503
    for _ in range(2):
        ran = shop.drift("--notify", "-o", "json")
        assert ran.returncode == 1
        assert ran.stderr == (
            "edgeops: notification: env:CHAT: not delivered: it answered 503; "
            "the next check tries again.\n"
        )
    assert (told.got, told.tried) == ([], 2)
    told.status = 200
    for _ in range(3):
        ran = shop.drift("--notify", "-o", "json")
        assert (ran.returncode, ran.stderr) == (1, "")
    findings = json.loads(ran.stdout)["findings"]
    (body,) = told.got
    assert body["title"] == f"Drift: {len(findings)} new"
    assert len(told.lines) == len(findings)
    for finding in findings:
        assert any(f"/{finding['name']}: {finding['drift']}, " in line for line in told.lines)

    shop.mend("ConfigMap", "hotfix")
    for _ in range(2):
        shop.drift("--notify")
    assert [body["title"] for body in told.got[1:]] == ["Drift: 1 resolved"]
    assert "resolved: ConfigMap/" in told.got[1]["message"]


def test_the_address_is_nowhere(shop: Shop, told: Receiver) -> None:
    shop.environment["CHAT"] = told.address.replace(str(told.port), "1")
    ran = shop.drift("--notify", "-v", "-v", "-o", "json")
    assert "env:CHAT: not delivered" in ran.stderr
    kept = b"".join(path.read_bytes() for path in shop.state.rglob("*") if path.is_file())
    assert kept
    assert told.path not in ran.stdout + ran.stderr
    assert told.path.encode() not in kept


def test_nobody_to_tell(shop: Shop) -> None:
    file = shop.root / "edgeops.yaml"
    body = documents.load(file.read_text())
    body["spec"]["drift"] = {}
    file.write_text(documents.dump_yaml(body))
    subprocess.run(("git", "commit", "-q", "-am", "Nobody"), cwd=shop.root, check=True)
    ran = shop.drift("--notify")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "edgeops: edgeops.yaml: spec.drift.notify: --notify tells whom this lists, and it lists "
        "nobody\n"
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--desired", "x.yaml", "--notify"), "--desired and --notify cannot stand together"),
        (("--desired", "x.yaml", "--history"), "--history needs a FILE with --desired"),
        (("--desired", "x.yaml", "--shard", "1/2"), "--desired and --shard cannot stand together"),
        (("--explain", "Pod/x", "--history"), "--explain and --history cannot stand together"),
        (("--shard", "3/2"), "'3/2': shards are 1/2 to 2/2"),
        (("--keep", "ninety"), "'ninety' is no span of time such as"),
    ],
)
def test_flags_that_make_no_sense(
    flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drift", "--live", str(DUMP), *flags]) is ExitStatus.FAILED
    assert message in " ".join(capsys.readouterr().err.split())


def test_shards_add_up_to_the_whole(shop: Shop) -> None:
    whole = json.loads(shop.drift("-o", "json").stdout)
    parts = []
    for index in (1, 2, 3):
        parts.append(str(shop.root / f"shard-{index}.json"))
        shop.drift("--shard", f"{index}/3", "-o", "json", "--output-file", parts[-1])
    assert json.loads(Path(parts[0]).read_text())["shard"] == {"index": 1, "count": 3}
    merged = shop.run("report", "merge", *parts, "-o", "json")
    assert merged.returncode == 1
    assert _without_times(merged.stdout) == _without_times(json.dumps(whole))
    lacking = shop.run("report", "merge", *parts[1:], "-o", "json")
    assert lacking.returncode == 2
    assert json.loads(lacking.stdout)["unread"][-1]["what"] == "shard 1/3"
    twice = shop.run("report", "merge", parts[0], parts[0])
    assert (twice.returncode, twice.stdout) == (2, "")
    assert "are both shard 1/3" in twice.stderr


def test_reports_compared_and_converted(shop: Shop) -> None:
    old, new = (str(shop.root / name) for name in ("old.json", "new.yaml"))
    shop.drift("-o", "json", "--output-file", old)
    assert shop.run("report", "diff", old, old).returncode == 0
    shop.mend("ConfigMap", "hotfix")
    shop.drift("-o", "yaml", "--output-file", new)
    better = shop.run("report", "diff", old, new, "-o", "json")
    assert better.returncode == 0
    (change,) = json.loads(better.stdout)["changes"]
    assert (change["change"], change["name"]) == ("resolved", "hotfix")
    back = shop.root / "back.json"
    back.write_text(Path(old).read_text())
    body = json.loads(back.read_text())
    body["startedAt"] = "2999-01-01T00:00:00Z"
    back.write_text(json.dumps(body))
    worse = shop.run("report", "diff", new, str(back))
    assert worse.returncode == 1
    assert worse.stdout.startswith("Worse; 1 new from ")
    swapped = shop.run("report", "diff", str(back), new)
    assert (swapped.returncode, swapped.stdout) == (2, "")
    assert "Name the earlier first" in swapped.stderr
    for form in ("table", "json", "sarif", "html"):
        ran = shop.run("report", "convert", new, "-o", form)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory"),
        ("kind: Plan\n", "kind: is 'Plan', not DriftReport"),
        ("\x00\x01", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_report(
    tmp_path: Path, text: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.json"
    if text is not None:
        file.write_text(text)
    for argv in (["convert", str(file)], ["diff", str(file), str(file)], ["merge", str(file)]):
        assert main(["report", *argv]) is ExitStatus.FAILED
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith(f"edgeops: {file}: ")
        assert message in shown.err
