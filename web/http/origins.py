"""The web pages that may talk to this server. Native clients send no Origin header, and this module does not concern them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from lobby.runtime.repeated_warning import RepeatedWarning
from web.http.request import header, send_rejection

CORS_MAX_AGE_S = 600
ORIGIN_CHARS_MAX = 200
"""Characters of an origin that a message or a log line shows. The longest host name has 253 characters, and few are that long."""

_refused = RepeatedWarning(logging.getLogger(__name__))


class Origins:
    """A list of allowed origins such as https://play.example.com. The server's own pages are always allowed."""

    def __init__(self, allowed: Sequence[str], hosts: Sequence[str] | None = None) -> None:
        """`allowed`: origins as `normalize_origin` returns them. `hosts`: the only names, in lower case, under which this
        server may be addressed, besides localhost and IP addresses; None: any name."""
        self.replace(allowed, hosts)

    def replace(self, allowed: Sequence[str], hosts: Sequence[str] | None = None) -> None:
        """Allow these from now on. Sockets that are open stay open."""
        self._allowed = frozenset(allowed)
        self._hosts = None if hosts is None else frozenset(hosts)

    def may_connect(self, origin: str | None, host: str | None) -> bool:
        """True if a page of `origin` may open a socket to this server, which the page addressed as `host`."""
        if self._hosts is not None and not self._is_own(host):
            return False
        if origin is None:
            return True
        try:
            origin = normalize_origin(origin)
        except ValueError:
            return False
        scheme, _, page_host = origin.partition("://")
        return origin in self._allowed or (
            host is not None and page_host == _without_default_port(scheme, host.lower())
        )

    def _is_own(self, host: str | None) -> bool:
        """False for a name that anybody's DNS may have pointed here (DNS rebinding). No name server answers for an address."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return host is None or name == "localhost" or _is_address(name) or name in (self._hosts or ())

    def allows_preflight(self, scope: Scope) -> bool:
        """True if a page of the origin of a browser's question (see `is_preflight`) may send a request."""
        return self.may_connect(header(scope, b"origin"), header(scope, b"host"))

    def with_cors(self, app: ASGIApp) -> ASGIApp:
        """`app`, with CORS headers for pages of the allowed origins."""
        allowed, with_headers = self._allowed, _with_cors(app, self._allowed)

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal allowed, with_headers
            if allowed is not self._allowed:
                allowed, with_headers = self._allowed, _with_cors(app, self._allowed)
            await with_headers(scope, receive, send)

        return serve


_METHODS = ("GET", "POST")


def _with_cors(app: ASGIApp, allowed: Collection[str]) -> ASGIApp:
    if not allowed:
        return app
    return CORSMiddleware(
        app,
        allow_origins=sorted(allowed),
        allow_methods=_METHODS,
        expose_headers=["X-Request-Id", "Retry-After", "Link"],
        max_age=CORS_MAX_AGE_S,
    )


def is_preflight(scope: Scope) -> bool:
    """True for a browser's question whether a page may send a request with such a method and such headers."""
    return (
        scope["type"] == "http"
        and scope["method"] == "OPTIONS"
        and header(scope, b"origin") is not None
        and header(scope, b"access-control-request-method") is not None
    )


async def send_preflight(scope: Scope, send: Send) -> None:
    """Allow the request that a preflight asks for, with all of its headers.

    Browsers and libraries for tracing add headers of their own (apollo-*, traceparent, sentry-trace, baggage, cache-control). A
    page that may send a token may send those, too.
    """
    answers = [
        (b"access-control-allow-origin", header(scope, b"origin")),
        (b"access-control-allow-methods", ", ".join(_METHODS)),
        (b"access-control-allow-headers", header(scope, b"access-control-request-headers")),
        (b"access-control-max-age", str(CORS_MAX_AGE_S)),
        (b"vary", "Origin, Access-Control-Request-Headers"),
        (b"content-length", "0"),
    ]
    headers = [(name, value.encode("latin-1")) for name, value in answers if value is not None]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body"})


async def send_origin_refused(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 403 to a page that may not use this server, and name the setting for its developer and for the operator."""
    headers = ((b"content-type", b"text/plain; charset=utf-8"),)
    message = refuse_origin(header(scope, b"origin"), header(scope, b"host"))
    await send_rejection(scope, receive, send, 403, f"{message}\n".encode(), headers)


def refuse_origin(origin: str | None, host: str | None) -> str:
    """Log the refusal, and return the message for the developer of the page. Both name the setting."""
    origin, host = (origin or "")[:ORIGIN_CHARS_MAX], (host or "")[:ORIGIN_CHARS_MAX]
    if not origin or origin.partition("://")[2] == host:
        # A page may use its own server, so it is the name that was refused.
        _refused.log("refused a request to the host %r: LOBBY_ALLOWED_HOSTS does not have it", host)
        return f"This server is open, and is not reached as {host!r}: LOBBY_ALLOWED_HOSTS does not have that name."
    _refused.log("refused a page of the origin %r: LOBBY_ALLOWED_ORIGINS does not have it", origin)
    return f"Pages of the origin {origin!r} may not use this server: LOBBY_ALLOWED_ORIGINS does not have it."


def normalize_origin(origin: str) -> str:
    """An origin as browsers send it: scheme, host, and the port unless it is the scheme's own, in lower case.

    Raises `ValueError` for a text that is not an origin, such as `*`, a host without a scheme, or a URL with a path.
    """
    parts = urlsplit(origin.strip().rstrip("/").lower())  # raises ValueError, such as for "http://["
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or "@" in parts.netloc:
        raise ValueError(f"{origin!r} is not an origin such as https://play.example.com")
    _ = parts.port  # raises ValueError for a port that is not a number
    return f"{parts.scheme}://{_without_default_port(parts.scheme, parts.netloc)}"


_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _without_default_port(scheme: str, host: str) -> str:
    return host.removesuffix(_DEFAULT_PORTS.get(scheme, ""))
