"""The page at `/` for a browser: what this server is, how it is, and the ways into it. It has no script.

Other clients get from `/` what they get from any path that does not exist.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.server_info import VERSION
from web.http.request import header

_TEMPLATE = (Path(__file__).parent / "home_page.html").read_text(encoding="utf-8")
_STYLE = _TEMPLATE[_TEMPLATE.index("<style>") + len("<style>") : _TEMPLATE.index("</style>")]
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
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
    "vary": "accept",
}


@dataclass(frozen=True, slots=True)
class HomeLink:
    """A way into the server. `path` is relative to the page, which may be below a prefix."""

    path: str
    title: str
    text: str


EXPLORER = HomeLink(
    "graphql", "GraphQL", "Queries, mutations and live events in GraphiQL, with an example of each operation."
)
REFERENCE = HomeLink("docs", "REST", "The reference of all paths, with a button that makes you a guest.")
CONSOLE = HomeLink(
    "console", "Console", "For operators and moderators, with a key: parties, players, load, reports, bans."
)
READINESS = HomeLink("readyz", "Readiness", "Whether this server takes changes now, for load balancers.")
METRICS = HomeLink("metrics", "Metrics", "Counters and times in the format of Prometheus.")


class HomePage:
    """`problem` is the reason why the server is not ready, or None. `otherwise` answers all who do not accept HTML."""

    def __init__(
        self, links: Sequence[HomeLink], problem: Callable[[], Awaitable[str | None]], otherwise: ASGIApp
    ) -> None:
        cards = "\n".join(map(_card, links))
        self._page = _TEMPLATE.replace("{{links}}", cards).replace("{{version}}", escape(VERSION))
        self._problem = problem
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET" or not _accepts_html(header(scope, b"accept")):
            await self._otherwise(scope, receive, send)
            return
        is_ready = await self._problem() is None
        page = self._page.replace("{{class}}", "good" if is_ready else "bad")
        page = page.replace("{{health}}", "ready" if is_ready else "not ready now")
        await Response(page, 200, _HEADERS, "text/html")(scope, receive, send)


def _card(link: HomeLink) -> str:
    title, text = escape(link.title), escape(link.text)
    return f'<li><h2><a href="{escape(link.path)}">{title}</a></h2><p>{text}</p></li>'


def _accepts_html(accept: str | None) -> bool:
    """True for a browser that opens a page. `*/*` alone, as curl and clients send it, asks for no page."""
    ranges = [part.partition(";") for part in (accept or "").lower().split(",")]
    return any(
        name.strip() == "text/html" and "q=0" not in rest.replace(" ", "").split(";") for name, _, rest in ranges
    )
