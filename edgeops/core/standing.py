"""
Rows assessed over and over, while the world changes below them.

What was compared once is compared again only if something that the comparison rests on is
another: the object of git, the live one, what the engine applied, a rule, a schema. That is told
by the grounds of each outcome (`edgeops.core.outcomes`), never by what somebody thinks a change
may concern; so an assessment that remembers equals one that does not.
"""

from collections.abc import Callable, Hashable, Mapping

from edgeops.core.compare import Surroundings
from edgeops.core.outcomes import Grounds, Outcome
from edgeops.core.rows import Assessment, LiveIndex, Row, assess

_Known = dict[Hashable, tuple[Grounds, Outcome]]


class Memory:
    """The outcomes of rows, each with its grounds. Of one thread."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, _Known] = {}
        self.compared = 0
        """How many objects were compared anew since the start."""

    def assess(
        self,
        row: Row,
        live: Mapping[str, LiveIndex],
        shared: Surroundings,
        *,
        synced_revision: str | None,
    ) -> Assessment:
        """As `edgeops.core.rows.assess`, with what is known of that row."""
        place = (row.cluster, row.zone)
        before = self._rows.get(place, {})
        after: _Known = {}

        def recall(which: Hashable, grounds: Grounds, work: Callable[[], Outcome]) -> Outcome:
            known = before.get(which)
            if known is not None and grounds.still_bear(known[1], known[0]):
                outcome = known[1]
            else:
                outcome = work()
                self.compared += 1
            after[which] = (grounds, outcome)
            return outcome

        found = assess(row, live, shared, synced_revision=synced_revision, recall=recall)
        # What cannot be read now may be as it was when it can be read again.
        self._rows[place] = before | after if found.report.unread else after
        return found

    def keep(self, places: frozenset[tuple[str | None, str | None]]) -> None:
        """Forget the rows that are at none of *places*, given as cluster and zone."""
        for place in self._rows.keys() - places:
            del self._rows[place]
