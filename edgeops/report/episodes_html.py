"""
The history of drift as one HTML file in the style of the drift page: a document without scripts.

What is open stands first, then what somebody answers for, then what is resolved.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from edgeops.core.episodes import Episode, EpisodeKey, State
from edgeops.core.findings import Severity, SyncStatus
from edgeops.ports.history import Run
from edgeops.report.episodes_words import fought, headline, reopened, standing, where
from edgeops.report.html_assets import plain_policy
from edgeops.report.html_text import VERDICT_LEVEL, drift_words, head, mark, text
from edgeops.report.matrix import Level

_SECTIONS: Final = (
    (State.OPEN, "Open", "Nothing that was asked about is open."),
    (State.WAIVED, "Waived", ""),
    (State.RESOLVED, "Resolved", ""),
)
"""In this order; a section without episodes is left out if it has nothing to say of that."""


def render_html(episodes: Sequence[Episode], last: Run | None, now: str) -> str:
    """A whole page; every text is escaped and inert. *now* is RFC 3339."""
    return "\n".join((*_page(episodes, last, now), ""))


def _page(episodes: Sequence[Episode], last: Run | None, now: str) -> Iterator[str]:
    status = last.status if last else SyncStatus.UNKNOWN
    yield from head(f"{status.value}: drift history", plain_policy())
    yield "</head>\n<body>"
    yield '<a class="skip" href="#open">Skip to what is open</a>'
    yield "<header><p><b>edgeops</b> drift history</p></header>"
    yield "<main>"
    yield from _summary(episodes, last, status, now)
    for state, heading, nothing in _SECTIONS:
        found = [episode for episode in episodes if episode.state is state]
        if not found and not nothing:
            continue
        yield f'<section id="{state}" aria-labelledby="{state}-heading" tabindex="-1">'
        yield f'<h2 id="{state}-heading">{heading} <span class="count">{len(found)}</span></h2>'
        if not found:
            # Nothing is known to be open before the first check, which is not the same.
            yield f"<p>{nothing if last else 'Nothing is known yet.'}</p>"
        yield from _articles(found, now)
        yield "</section>"
    yield f"</main><footer><p>As of {text(now)}</p>"
    if last is not None and last.revision:
        yield f"<p>Revision of the last check: {text(last.revision)}</p>"
    yield "</footer>\n</body>\n</html>"


def _summary(
    episodes: Sequence[Episode], last: Run | None, status: SyncStatus, now: str
) -> Iterator[str]:
    yield f'<section id="summary" class="{status.value}" aria-labelledby="status">'
    yield f'<h1 id="status">{mark(VERDICT_LEVEL[status])}{status.value}</h1>'
    yield f"<p>{text(headline(episodes, last))}</p>"
    if tallies := [f"<li><b>{number}</b> {name}</li>" for name, number in _tallies(episodes, now)]:
        yield f'<ul class="tallies">{"".join(tallies)}</ul>'
    yield "</section>"


def _tallies(episodes: Sequence[Episode], now: str) -> Iterator[tuple[str, int]]:
    """Words and numbers of what is open and asks for somebody, the worst first."""
    still = [episode for episode in episodes if episode.state is State.OPEN]
    for severity in Severity:
        if number := sum(episode.severity is severity for episode in still):
            yield f"open, {severity.value}", number
    if flapping := sum(episode.flapping(now) for episode in episodes):
        yield "flapping", flapping
    if fights := sum(len(episode.fights(now)) for episode in episodes):
        yield "fields fought over", fights


def _articles(found: Sequence[Episode], now: str) -> Iterator[str]:
    if not found:
        return
    yield '<div class="episodes">'
    for episode in found:
        yield from _article(episode, now)
    yield "</div>"


def _article(episode: Episode, now: str) -> Iterator[str]:
    resource = episode.key.resource
    anchor = _anchor(episode.key)
    level = Level(episode.severity.value)
    word, tone = episode.severity.value, episode.severity.value
    if episode.state is State.RESOLVED:
        level, word, tone = Level.SYNCED, "resolved", Level.SYNCED.value
    elif episode.state is State.WAIVED:
        tone += " pending"
    yield f'<article class="{tone}" id="{anchor}" tabindex="-1">'
    yield (
        f'<h3><span class="chip {tone}">{mark(level)}{word}</span> '
        f'<a href="#{anchor}"><span class="kind">{text(resource.kind)}</span> '
        f'{text(resource.name)}</a> <span class="drift">{drift_words(episode.drift)}</span></h3>'
    )
    yield "<dl>"
    for name, value in _facts(episode, now):
        yield f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>"
    yield "</dl>"
    if episode.flapping(now):
        yield (
            f'<p class="message {episode.severity}">Flapping: it comes and goes, several times '
            f"within a day ({text(reopened(episode))}).</p>"
        )
    for fight in episode.fights(now):
        yield f'<p class="message {episode.severity}">{text(fought(fight))}</p>'
    if episode.paths:
        fields = "".join(
            f'<div class="field"><code>{text(path)}</code></div>' for path in episode.paths
        )
        yield f'<div class="fields">{fields}</div>'
    yield "</article>"


def _facts(episode: Episode, now: str) -> Iterator[tuple[str, str]]:
    """What is known of an episode, by name."""
    yield "zone", where(episode)
    if episode.key.resource.namespace:
        yield "namespace", episode.key.resource.namespace
    yield "API", episode.api_version
    yield "state", standing(episode, now)
    yield ("opened" if episode.state is State.RESOLVED else "since"), episode.opened[-1]
    if episode.openings > 1:
        yield "first seen", episode.first_seen
        yield "how often", f"opened {episode.openings} times"
    yield "last seen", episode.last_seen
    if episode.state is State.RESOLVED:
        yield "resolved", episode.resolved_at or ""
        yield "severity", episode.severity.value
    if episode.managers:
        yield "written by", ", ".join(episode.managers)


def _anchor(key: EpisodeKey) -> str:
    """From what it is about, so that links outlive a page."""
    parts = (key.cluster, key.zone, key.resource.group, str(key.resource))
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"episode-{digest[:16]}"
