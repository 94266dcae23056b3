"""uvicorn's HTTP protocol, with a way out for answers that a client has stopped reading.

uvicorn 0.54 lets an application wait for such a client for ever, and closes by waiting for the buffer to drain.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lobby.http.abort import CONNECTION_EXTENSION, abort


class HTTPProtocol(HttpToolsProtocol):
    """For uvicorn's `http` setting."""

    def abort(self) -> None:
        abort(self.transport)

    def on_headers_complete(self) -> None:
        # uvicorn gives HTTP requests no extensions; a handshake's scope is made anew by the socket's protocol.
        self.scope["extensions"] = {CONNECTION_EXTENSION: {"abort": self.abort}}
        super().on_headers_complete()
