"""
What every request passes before it is answered, and what every answer carries.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edgeops.adapters.web.access import Access
from edgeops.adapters.web.limits import Limits

OPEN: Final = frozenset({"/healthz", "/readyz"})
"""Kubelets have no token."""

HOOK: Final = "/api/v1/hooks/repository"
"""Has a secret of its own."""

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def failure(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error as JSON."""
    return JSONResponse({"error": message}, status_code=status, headers=headers)


class Guard:
    """
    Size, host, method and token, in this order; then the application.

    Answers to those who showed a token are stored nowhere; the others are checked again each time.
    """

    def __init__(self, app: ASGIApp, access: Access, limits: Limits) -> None:
        self._app, self._access, self._limits = app, access, limits
        self._caching = "no-cache" if access.token is None else "no-store"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**_HEADERS, "cache-control": self._caching}.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        await (self._app if refused is None else refused)(scope, receive, finish)

    def _refused(self, scope: Scope) -> Response | None:
        path, headers = scope["path"], Headers(scope=scope)
        if _size(scope) > self._limits.header_bytes:
            return failure(431, "the request is too large", {"connection": "close"})
        if not self._access.knows(headers.get("host", "").encode("latin-1")):
            return failure(421, "this server does not go by that name")
        hooked = path == HOOK and self._access.hook_secret is not None
        allowed = ("POST",) if hooked else ("GET", "HEAD")
        if scope["method"] not in allowed:
            return failure(
                405, "this server only shows what was found", {"allow": ", ".join(allowed)}
            )
        if hooked or path in OPEN:
            return None
        if not self._access.admits(headers.get("authorization", "").encode("latin-1")):
            response = failure(401, "a token is needed")
            response.headers.append("www-authenticate", 'Bearer realm="edgeops"')
            response.headers.append("www-authenticate", 'Basic realm="edgeops"')
            return response
        return None


def _size(scope: Scope) -> int:
    """Bytes of the request line and the headers; what arrives at once no parser counts."""
    line = len(scope["raw_path"]) + len(scope["query_string"])
    return line + sum(len(name) + len(value) for name, value in scope["headers"])
