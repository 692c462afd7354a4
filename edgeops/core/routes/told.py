"""Problems that are told already where ``edgeops.yaml`` is read, and need not be told again."""

from edgeops.core.fleet.model import Fleet
from edgeops.core.routes.proof import Problem, Reason


def told_with_the_file(fleet: Fleet, problem: Problem) -> bool:
    """
    Whether *problem* is that a service has no readiness probe which the file lists without one.

    Each ``edgeops init`` and ``plan`` warns of such a service, by its line there.
    """
    source = problem.source
    if problem.reason is not Reason.NO_PROBE or source is None:
        return False
    listed = not fleet.builtin_app and fleet.directory_app is None
    return listed and any(
        service.name == source.name and service.probe_path is None for service in fleet.services
    )
