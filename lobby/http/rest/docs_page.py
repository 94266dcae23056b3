"""The page that shows the OpenAPI document. It needs no build, no internet, and nothing that a strict policy would refuse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

FILES = Path(__file__).parent / "docs"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def add_docs_page(app: FastAPI) -> None:
    """The page at `/docs`, and its two files below."""
    pages = {"/docs": "index.html", "/docs/page.css": "page.css", "/docs/page.js": "page.js"}
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
    for path, name in pages.items():
        file = FILES / name
        app.add_api_route(path, _handing_out(file.read_bytes(), types[file.suffix]), include_in_schema=False)


def _handing_out(body: bytes, media_type: str) -> Callable[[], Awaitable[Response]]:
    async def hand_out() -> Response:
        return Response(body, 200, _HEADERS, media_type)

    return hand_out
