"""What the audit logs of the test servers say of edgeops: that it changed nothing."""

from urllib.parse import parse_qs, urlsplit

from tests.controlplane.server import ControlPlane
from tests.faults.results import Results

PROGRAM = "edgeops/"


def check_only_read(plane: ControlPlane, results: Results) -> None:
    """
    Hold that nothing edgeops asked of a server could change anything; dry runs cannot.

    Raises:
        AssertionError: with the requests that could.
    """
    asked = plane.changes_asked_by(PROGRAM)
    tried = [(verb, uri) for verb, uri in asked if is_dry_run(uri)]
    changing = [(verb, uri) for verb, uri in asked if not is_dry_run(uri)]
    reads = sum(verb in {"get", "list", "watch"} for verb, _ in plane.asked_by("reader"))
    section = "requests to API servers"
    results.count(section, "get, list and watch", tried=reads)
    results.count(section, "dry runs under --confirm", tried=len(tried))
    results.count(section, "requests that change something", len(changing), tried=len(changing))
    assert changing == [], f"edgeops asked {plane.name} to change something"


def is_dry_run(uri: str) -> bool:
    """Whether a request asks for nothing to be kept."""
    return parse_qs(urlsplit(uri).query).get("dryRun") == ["All"]
