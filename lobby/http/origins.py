"""Which web pages may talk to this server. Native clients send no Origin, and are none of this module's business."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

CORS_HEADERS = (
    "content-type",
    "authorization",
    "x-unity-version",
    "x-request-id",
    "last-event-id",
    "idempotency-key",
)
"""What Unity's WebGL builds and ours send; x-unity-version comes with every UnityWebRequest."""
CORS_MAX_AGE_S = 600


class Origins:
    """An allow-list of origins such as https://play.example.com; the server's own pages are always welcome."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)

    def may_connect(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of `origin` may open a socket to this server, which it called `host`."""
        if origin is None:
            return True
        origin = origin.lower()
        return origin in self._allowed or (host is not None and urlsplit(origin).netloc == host.lower())

    def with_cors(self, app: ASGIApp) -> ASGIApp:
        """`app` for pages of the allowed origins too."""
        if not self._allowed:
            return app
        return CORSMiddleware(
            app,
            allow_origins=sorted(self._allowed),
            allow_methods=["GET", "POST"],
            allow_headers=CORS_HEADERS,
            expose_headers=["X-Request-Id", "Retry-After", "Link"],
            max_age=CORS_MAX_AGE_S,
        )
