"""The names of the public surface besides the GraphQL schema: settings, metrics, paths of REST and subcommands.

`released_names.txt` has those of the last release. docs/versions.md says what a version promises about them.
"""

from __future__ import annotations

from pathlib import Path

from adventurebot_lobby.__main__ import SUBCOMMANDS
from tests.web.rest_client import Rest, running
from web.settings.secret_files import file_variables, secret_names
from web.settings.settings import PREFIX, Settings

RELEASED = Path(__file__).with_name("released_names.txt")


def served_names() -> set[str]:
    """Each name after its kind, such as "setting LOBBY_PORT" or "path GET /sessions"."""
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    settings |= set(file_variables(secret_names(Settings.model_fields), PREFIX))
    with running() as url:
        client = Rest(url)
        document, metrics = client.get("/openapi.json").json(), client.get("/metrics").text
    names = {f"setting {name}" for name in settings} | {f"subcommand {name}" for name in SUBCOMMANDS}
    names |= {f"path {method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    return names | {f"metric {line.split()[2]}" for line in metrics.splitlines() if line.startswith("# TYPE lobby_")}


def released_names() -> set[str]:
    return set(RELEASED.read_text(encoding="utf-8").splitlines())


def release_names() -> None:
    """Make the names that are served now those of the last release."""
    RELEASED.write_text("".join(f"{name}\n" for name in sorted(served_names())), encoding="utf-8")
