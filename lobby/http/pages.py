"""GraphiQL for a browser: one page at `/graphql`, and the files that it loads below `/graphiql/`.

Both are plain ASGI apps. The page is bundled by `scripts/graphiql`; nothing in it is loaded from another
origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from lobby.http.examples import Example, examples

SOURCES = Path(__file__).parent / "graphiql"
DIST = SOURCES / "dist"
QUERIES = Path(__file__).parents[2] / "client_queries"
MISSING = "GraphiQL is not built: run scripts/graphiql, then open /graphql again."

_CONTENT_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
# Whatever matches is a plain name inside the folder: no slash, no dot at the front.
_ASSET_NAME = re.compile(r"\w[\w.-]*\.(js|css|svg|txt)", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")
_COMMON = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_FOR_EVER = "public, max-age=31536000, immutable"


def graphiql_missing(dist: Path = DIST) -> str | None:
    """The one line that says what to run where GraphiQL has not been built; None where it has."""
    return None if (dist / "index.html").is_file() else MISSING


def content_security(host: str | None) -> str:
    """The page's Content-Security-Policy. `host` is the request's Host header.

    Monaco 0.52 makes style elements and style attributes as it goes, hence 'unsafe-inline' for styles, and
    draws with data: fonts and images. Safari before 15.4 does not count a page's own WebSockets as 'self',
    so they are named.
    """
    sockets = f" ws://{host} wss://{host}" if host and _HOST.fullmatch(host) else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "connect-src": f"'self'{sockets}",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


def _accepts_gzip(headers: Headers) -> bool:
    codings = [part.replace(" ", "") for part in headers.get("accept-encoding", "").lower().split(",")]
    return "gzip" in codings or any(re.fullmatch(r"gzip;q=(1(\.0*)?|0\.\d*[1-9]\d*)", part) for part in codings)


async def _file(path: Path, scope: Scope, content_type: str, headers: Iterable[tuple[str, str]]) -> Response:
    """The file, or the gzip that lies beside it where the client takes that; 404 where there is none."""
    zipped = _accepts_gzip(Headers(scope=scope))
    try:
        body = await to_thread.run_sync(path.with_name(path.name + ".gz" * zipped).read_bytes)
    except OSError:
        return _refusal(404)
    coding = {"content-encoding": "gzip"} if zipped else {}
    return Response(
        body,
        headers={**_COMMON, "content-type": content_type, "vary": "accept-encoding", **coding, **dict(headers)},
    )


def _refusal(status: int) -> Response:
    allow = {"allow": "GET, HEAD"} if status == 405 else {}
    return Response(status_code=status, headers={**_COMMON, **allow})


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] == "HEAD":
        response.body = b""  # The headers, content-length among them, stay those of the GET.
    await response(scope, receive, send)


class GraphiQLPage:
    """The page itself, whatever the path: to be handed the GETs of a browser."""

    def __init__(self, dist: Path = DIST) -> None:
        self._dist = dist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(await self._response(scope), scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return _refusal(405)
        headers = {
            "content-security-policy": content_security(Headers(scope=scope).get("host")),
            "cache-control": "no-cache",
        }
        if graphiql_missing(self._dist):
            return Response(MISSING, 503, {**_COMMON, **headers}, "text/plain")
        return await _file(self._dist / "index.html", scope, "text/html; charset=utf-8", headers.items())


class GraphiQLAssets:
    """What the page loads: its built files, kept by browsers for ever since their names carry their hash, and
    `examples.json`. Mounted at `/graphiql`; that address alone leads to the page."""

    def __init__(self, dist: Path = DIST, shown: Sequence[Example] | None = None) -> None:
        self._dist = dist
        chosen = examples(SOURCES / "journey.json", QUERIES) if shown is None else shown
        self._examples = msgspec.json.encode(chosen)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(await self._response(scope), scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return _refusal(405)
        name = scope["path"].rpartition("/graphiql/")[2]
        if name == "":
            return RedirectResponse("/graphql")
        if name == "examples.json":
            headers = {**_COMMON, "cache-control": "no-cache"}
            return Response(self._examples, headers=headers, media_type="application/json")
        asset = _ASSET_NAME.fullmatch(name)
        if asset is None:
            return _refusal(404)
        headers = {"cache-control": _FOR_EVER, "content-security-policy": "default-src 'none'"}
        return await _file(self._dist / name, scope, _CONTENT_TYPES[asset[1]], headers.items())
