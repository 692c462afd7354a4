"""
The webhook: somebody pushed, so the watcher looks at the repository at once.

All that it can bring about is a fetch. What is in the payload is not read, only its signature.
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
https://docs.gitlab.com/user/project/integrations/webhooks/#create-a-webhook
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from edgeops.adapters.web.access import same
from edgeops.adapters.web.guard import failure
from edgeops.adapters.web.limits import Limits


class Hook:
    """
    The endpoint.

    Args:
        secret: with which GitHub, Gitea and Forgejo sign, and which GitLab sends.
        wake: what it brings about.
    """

    def __init__(self, secret: str, wake: Callable[[], None], limits: Limits) -> None:
        self._secret, self._wake, self._limits = secret.encode(), wake, limits

    async def answer(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                digest = await self._digest(request)
        except (TimeoutError, ClientDisconnect):
            return failure(408, "the payload did not arrive in time", {"connection": "close"})
        if digest is None:
            return failure(413, "the payload is too large", {"connection": "close"})
        signature = request.headers.get("x-hub-signature-256", "")
        token = request.headers.get("x-gitlab-token", "")
        if signature:
            right = same(signature.encode("latin-1"), f"sha256={digest}".encode())
        else:
            right = same(token.encode("latin-1"), self._secret)
        if not right:
            return failure(401, "the signature is not right")
        self._wake()
        return JSONResponse({"accepted": True}, status_code=202)

    async def _digest(self, request: Request) -> str | None:
        """Of the body; None if it is too large."""
        made = hmac.new(self._secret, digestmod=hashlib.sha256)
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self._limits.hook_bytes:
                return None
            made.update(chunk)
        return made.hexdigest()
