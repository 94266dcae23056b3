"""The operators' console for a browser: the page at `/console`, and the files that it loads from `/console/`.

`scripts/graphiql` bundles it. The page gets all its data over GraphQL, with the key that its user types.
"""

from __future__ import annotations

from pathlib import Path

from web.http.built_pages import BuiltFiles, BuiltPage, join_policy, sockets_of

DIST = Path(__file__).parent / "frontend" / "dist"
MISSING = "The console is not built: run scripts/graphiql, then open it again."


class ConsolePage(BuiltPage):
    def __init__(self, dist: Path = DIST) -> None:
        super().__init__("console.html", "console", content_security_policy, MISSING, dist)


class ConsoleFiles(BuiltFiles):
    def __init__(self, dist: Path = DIST) -> None:
        super().__init__("console", dist)


def content_security_policy(host: str | None) -> str:
    """The page's Content-Security-Policy. `host` is the request's Host header. No inline script or style, no frame, no form that
    is sent: a text that a player has written can do nothing there."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "connect-src": f"'self'{sockets_of(host)}",
        "style-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    return join_policy(policy)
