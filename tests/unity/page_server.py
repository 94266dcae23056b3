"""A folder as a web site, for the tests of the package in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class _Files(SimpleHTTPRequestHandler):
    """Serves a folder, without a line in the log for each file."""

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@contextmanager
def served_folder(folder: Path) -> Iterator[str]:
    """Serve the files of the folder. Yields the address of the server."""
    types = {".wasm": "application/wasm", ".mjs": "text/javascript"}
    _Files.extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **types}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
