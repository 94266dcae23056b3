"""The page of a link to a party, `/j/{code}`: it opens the game with the join code.

It works without scripts, loads nothing, and shows nothing of the party but whether the code leads to one: the same that
`joinParty` by code shows. Wrong codes are counted by address, as those of `joinParty` are.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from fastapi import FastAPI, Request, Response

from lobby.app.join_service import JoinService
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection
from lobby.ports import Unavailable
from web.connections.connection_limits import address_of
from web.settings.links import CODE_FIELD

_STYLE = """
:root { color-scheme: light dark; --ground: #f6f4ef; --ink: #22201c; --weak: #5d584f; --button: #7a3e12; --on-button: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ground: #1b1a18; --ink: #ece8e0; --weak: #aaa498; --button: #f0a868; --on-button: #1b1a18 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground);
  color: var(--ink); font: 18px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 28rem; text-align: center }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 1rem }
p { margin: 0 0 1rem; color: var(--weak) }
.code { font: 700 2.25rem/1.2 ui-monospace, monospace; letter-spacing: .12em; color: var(--ink); user-select: all }
.button { display: block; padding: 14px 20px; border-radius: 10px; background: var(--button); color: var(--on-button);
  font-weight: 600; text-decoration: none; margin: 0 0 1rem }
.button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body><main>
<h1>{title}</h1>
{body}
</main></body>
</html>
"""
_OPEN = """<p class="code">{code}</p>
<a class="button" href="{game_url}" rel="noreferrer">Open the game</a>
<p>If the game does not open, start it and enter this code.</p>"""

_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def add_join_page(app: FastAPI, join_service: JoinService, game_url: str) -> None:
    """Serve the page. `game_url`: the address that opens the game, with `{code}` for the join code."""

    async def show_join_page(code: str, request: Request) -> Response:
        try:
            found = await join_service.find_party_by_code(code, address_of(request.scope))
        except Unavailable:
            return _page(503, "The lobby is not available", "<p>Try again in a few seconds.</p>")
        return _page_of(found, game_url)

    app.add_api_route("/j/{code}", show_join_page, include_in_schema=False)


def _page_of(found: Party | Rejection | None, game_url: str) -> Response:
    if isinstance(found, Rejection):
        wait_s = -(-(found.retry_after_ms or 0) // 1000)
        page = _page(429, "Too many wrong codes", f"<p>Try again in {wait_s} seconds.</p>")
        page.headers["retry-after"] = str(wait_s)
        return page
    if found is None:
        return _page(
            404,
            "No party has this code",
            "<p>The party may have closed, or changed its code. Ask a member for a new link.</p>",
        )
    if found.is_closed:
        return _page(410, "This party has closed", "<p>Ask your friends for a link to another party.</p>")
    code = found.join_code
    href = escape(game_url.replace(CODE_FIELD, code))
    return _page(200, "Join the party", _OPEN.format(code=escape(code), game_url=href))


def _page(status: int, title: str, body: str) -> Response:
    text = _PAGE.format(title=title, style=_STYLE, body=body)
    return Response(text, status, _HEADERS, "text/html; charset=utf-8")
