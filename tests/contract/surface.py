"""The names of the public surface besides the GraphQL schema: settings, metrics, paths of REST and subcommands.

`released_names.txt` has those of the last release. docs/versions.md says what a version promises about them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adventurebot_lobby.__main__ import SUBCOMMANDS
from tests.needs import needs
from tests.serving import served
from tests.web.rest_client import Rest, connected
from tools.chaos.valkey.server import PASSING, ValkeyServer
from web.app import create_app
from web.settings.secret_files import file_variables, secret_names
from web.settings.settings import PREFIX, Settings

RELEASED = Path(__file__).with_name("released_names.txt")


def served_names() -> set[str]:
    """Each name after its kind, such as "setting LOBBY_PORT" or "path GET /sessions"."""
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    settings |= set(file_variables(secret_names(Settings.model_fields), PREFIX))
    names = {f"setting {name}" for name in settings} | {f"subcommand {name}" for name in SUBCOMMANDS}
    for url in _servers():
        client = Rest(url)
        document, metrics = client.get("/openapi.json").json(), client.get("/metrics").text
        names |= {f"path {method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
        names |= {f"metric {line.split()[2]}" for line in metrics.splitlines() if line.startswith("# TYPE lobby_")}
    return names


def _servers() -> Iterator[str]:
    """The addresses of servers that have all metrics together: some of these belong to a store, or to the events."""
    needs("valkey")
    with TemporaryDirectory() as folder:
        events = {"events_url": "http://127.0.0.1:9/", "events_secret": f"whsec_{b64encode(bytes(32)).decode()}"}
        with _running(f"sqlite:///{folder}/lobby.db", **events) as url:
            yield url
        valkey = ValkeyServer(Path(folder) / "valkey", PASSING)
        valkey.start()
        try:
            with _running(valkey.url, secret="a secret of thirty-two characters") as url:
                yield url
        finally:
            valkey.kill()


@contextmanager
def _running(store: str, **settings: Any) -> Iterator[str]:
    app = create_app(Settings(store=store, **settings))
    with served(app, drain=app.drain) as url, connected(url):
        yield url


def released_names() -> set[str]:
    return set(RELEASED.read_text(encoding="utf-8").splitlines())


def release_names() -> None:
    """Make the names that are served now those of the last release."""
    RELEASED.write_text("".join(f"{name}\n" for name in sorted(served_names())), encoding="utf-8")
