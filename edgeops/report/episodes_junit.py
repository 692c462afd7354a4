"""
The history of drift as JUnit XML: a suite for each zone, a case for each episode.

What is open fails. What is resolved passes, and is not skipped: a check read the object and found
it as git says, which is just what the case asks. What somebody waived is skipped, as in a drift
report; there and here an object's case has one name, so that a CI system follows it.
"""

from collections.abc import Sequence
from typing import Final, assert_never
from xml.etree import ElementTree as ET

from edgeops.core.episodes import Episode, State
from edgeops.core.findings import SyncStatus
from edgeops.ports.history import Run
from edgeops.report.episodes_words import details, facts, headline, last_check, where
from edgeops.report.inert import inert
from edgeops.report.junit import case_of, total, whole
from edgeops.report.phrases import plural

LAST_CHECK: Final = "last check"
"""The suite beside the zones: without it a history that nobody keeps up would be green."""


def render_junit(episodes: Sequence[Episode], last: Run | None, now: str) -> str:
    """One XML document; *now* (RFC 3339) decides what flaps and how old things are."""
    root = ET.Element("testsuites", name="edgeops history")
    root.append(_last_check(episodes, last))
    zones: dict[str, list[Episode]] = {}
    for episode in episodes:
        zones.setdefault(where(episode), []).append(episode)
    for name, found in zones.items():
        suite = ET.SubElement(root, "testsuite", name=name)
        suite.extend(_case(name, episode, now) for episode in found)
    for element in (*root, root):
        total(element)
    return whole(root)


def _last_check(episodes: Sequence[Episode], last: Run | None) -> ET.Element:
    suite = ET.Element("testsuite", name=LAST_CHECK)
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("verdict", headline(episodes, last)),
        ("revision", (last.revision if last else None) or ""),
    ):
        ET.SubElement(properties, "property", name=name, value=inert(value))
    case = case_of(LAST_CHECK, "the last check could read everything")
    suite.append(case)
    if last is None:
        ET.SubElement(case, "error", type="Unknown", message=headline(episodes, last))
        return suite
    suite.set("timestamp", inert(last.started_at))
    if last.status is SyncStatus.UNKNOWN:
        unread = f"{last_check(last)}: {plural(last.unread, 'thing')} could not be read"
        ET.SubElement(case, "error", type=last.status.value, message=unread)
    return suite


def _case(suite: str, episode: Episode, now: str) -> ET.Element:
    case = case_of(suite, f"{episode.key.resource} is as git says")
    told, lines = facts(episode, now), "\n".join(details(episode, now))
    match episode.state:
        case State.OPEN:
            failure = ET.SubElement(case, "failure", type=episode.drift.value, message=told)
            failure.text = lines
        case State.WAIVED:
            ET.SubElement(case, "skipped", message=told).text = lines
        case State.RESOLVED:
            ET.SubElement(case, "system-out").text = f"{told}\n{lines}"
        case _:
            assert_never(episode.state)
    return case
