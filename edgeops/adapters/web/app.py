"""The endpoints."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from edgeops.adapters import metrics
from edgeops.adapters.web.access import Access
from edgeops.adapters.web.events import Following, full
from edgeops.adapters.web.feed import Feed
from edgeops.adapters.web.guard import HOOK, Guard, failure
from edgeops.adapters.web.hook import Hook
from edgeops.adapters.web.limits import Limits
from edgeops.adapters.web.shown import Shown, not_yet, policy_of
from edgeops.ports.board import Board
from edgeops.ports.serving import Views


def application(
    board: Board,
    views: Views,
    feed: Feed,
    access: Access,
    *,
    limits: Limits,
    alive: Callable[[], bool],
) -> ASGIApp:
    """
    All of it behind the guard.

    Args:
        alive: whether the watcher makes progress.
    """
    report = Shown(board, views.report, "application/json")
    page = Shown(board, views.page, "text/html", policy_of)

    async def health(_request: Request) -> Response:
        if alive():
            return PlainTextResponse("ok\n")
        return PlainTextResponse("the watcher stands still\n", status_code=503)

    async def ready(_request: Request) -> Response:
        return not_yet() if board.latest() is None else PlainTextResponse("ok\n")

    async def show_report(request: Request) -> Response:
        return await run_in_threadpool(report.answer, request)

    async def show_page(request: Request) -> Response:
        return await run_in_threadpool(page.answer, request)

    async def show_metrics(request: Request) -> Response:
        accepted = request.headers.get("accept", "")
        text, media_type = await run_in_threadpool(
            metrics.exposition, board.latest(), followers=feed.followers, accepted=accepted
        )
        return Response(text, headers={"content-type": media_type})

    async def follow(request: Request) -> Response:
        return full() if feed.followers >= limits.followers else Following(feed, request, limits)

    routes = [
        Route("/", show_page),
        Route("/healthz", health),
        Route("/readyz", ready),
        Route("/metrics", show_metrics),
        Route("/api/v1/report", show_report),
        Route("/api/v1/events", follow),
    ]
    if access.hook_secret is not None:
        hook = Hook(access.hook_secret, board.wake, limits)
        routes.append(Route(HOOK, hook.answer, methods=["POST"]))
    handlers = {HTTPException: _failed}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), access, limits)


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return failure(error.status_code, error.detail, dict(error.headers or {}))
