"""Pages that a script has bundled, and the files that they load, as plain ASGI apps. They load nothing from another origin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

_CONTENT_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
# Matches only plain names in the folder: no slash, and no dot at the start.
_ASSET_NAME = re.compile(r"\w[\w.-]*\.(js|css|svg|txt)", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")
COMMON_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_CACHE_FOREVER = "public, max-age=31536000, immutable"


class BuiltPage:
    """A page that was built. It answers the GETs of browsers on any path."""

    def __init__(self, file: str, path: str, policy: Callable[[str | None], str], missing: str, dist: Path) -> None:
        """`path`: that of the page, without a slash. `policy` makes its Content-Security-Policy from the Host header. `missing`:
        the words for a page that is not built."""
        self._file = file
        self._path = path
        self._policy = policy
        self._missing = missing
        self._dist = dist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _send_response(await self._response(scope), scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return error_response(405)
        if scope["path"].endswith("/"):
            return RedirectResponse(
                f"../{self._path}"
            )  # the page's own addresses are relative to a path without a slash
        headers = {
            "content-security-policy": self._policy(Headers(scope=scope).get("host")),
            "cache-control": "no-cache",
        }
        if not (self._dist / self._file).is_file():
            return Response(self._missing, 503, {**COMMON_HEADERS, **headers}, "text/plain")
        return await _file_response(self._dist / self._file, scope, "text/html; charset=utf-8", headers.items())


class BuiltFiles:
    """The files that built pages load, which browsers may cache without a limit because their names contain their hash."""

    def __init__(self, path: str, dist: Path) -> None:
        """`path`: where the files are mounted, such as "console" for `/console/page-1a2b.js`."""
        self._path = path
        self._dist = dist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await _send_response(error_response(405), scope, receive, send)
            return
        _, slash, name = scope["path"].rpartition(f"/{self._path}/")
        await _send_response(await self.response(scope, name if slash else None), scope, receive, send)

    async def response(self, scope: Scope, name: str | None) -> Response:
        """The response for the file `name`; None: for the path of the files without a slash."""
        asset = _ASSET_NAME.fullmatch(name or "")
        if name is None or asset is None:
            return error_response(404)
        headers = {"cache-control": _CACHE_FOREVER, "content-security-policy": "default-src 'none'"}
        return await _file_response(self._dist / name, scope, _CONTENT_TYPES[asset[1]], headers.items())


def join_policy(policy: Mapping[str, str]) -> str:
    """A Content-Security-Policy from its directives."""
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


def sockets_of(host: str | None) -> str:
    """The addresses of WebSockets to this server, for `connect-src`: in Safari before 15.4, 'self' does not allow them. `host` is
    the Host header of the request."""
    return f" ws://{host} wss://{host}" if host and _HOST.fullmatch(host) else ""


async def _file_response(path: Path, scope: Scope, content_type: str, headers: Iterable[tuple[str, str]]) -> Response:
    """The file, or the .gz file beside it if the client accepts gzip; 404 if there is no such file."""
    is_gzip = _accepts_gzip(Headers(scope=scope))
    try:
        body = await to_thread.run_sync(path.with_name(path.name + ".gz" * is_gzip).read_bytes)
    except OSError:
        return error_response(404)
    encoding = {"content-encoding": "gzip"} if is_gzip else {}
    fixed = {**COMMON_HEADERS, "content-type": content_type, "vary": "accept-encoding"}
    return Response(body, headers={**fixed, **encoding, **dict(headers)})


def _accepts_gzip(headers: Headers) -> bool:
    encodings = [part.replace(" ", "") for part in headers.get("accept-encoding", "").lower().split(",")]
    return "gzip" in encodings or any(re.fullmatch(r"gzip;q=(1(\.0*)?|0\.\d*[1-9]\d*)", part) for part in encodings)


def error_response(status: int) -> Response:
    allow = {"allow": "GET, HEAD"} if status == 405 else {}
    return Response(status_code=status, headers={**COMMON_HEADERS, **allow})


async def _send_response(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] == "HEAD":
        response.body = b""  # The headers, content-length among them, stay those of the GET.
    await response(scope, receive, send)
