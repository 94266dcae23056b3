"""Writes docs/settings.md and the table of events in docs/updates.md. `scripts/sdl` runs it."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python
from strawberry.types import get_object_definition

from schema.events import EVENT_TYPES
from schema.inbox import INBOX_EVENT_TYPES, InboxSnapshot, InviteUpdated, SearchUpdated
from schema.session_events import HostChanged, SessionStarted
from web.settings.secret_files import file_variables, secret_names
from web.settings.server import SettingsGroup
from web.settings.settings import GROUPS, PREFIX, Settings
from web.updates.messages import FIRST_FIELDS, INBOX_FIRST_FIELDS
from web.views import ViewField, describe, view_fields

DOCS = Path(__file__).parents[1] / "docs"
SETTINGS_PAGE, UPDATES_PAGE = DOCS / "settings.md", DOCS / "updates.md"

SETTINGS_INTRODUCTION = """\
# Settings

Printed by `scripts/sdl`; do not edit.

Each setting is an environment variable, or a line of a file `.env` beside `server.py`; an installed server
reads it from the working directory. An empty value counts as not set.
Lists and objects are JSON, such as
`LOBBY_ALLOWED_ORIGINS='["https://play.example"]'`. Switches are `true` or `false`. `--host` and `--port` on the command line take
precedence. If a setting is not valid, the server does not start, and names the setting and the reason. [limits.md](limits.md)
explains the limits.

`adventurebot-lobby check` names what is wrong, tries the store, the issuers and the services that the settings name, and shows
which settings are in force.

A secret may lie in a file, which another variable names: {files}."""


def settings_page() -> str:
    """docs/settings.md, which lists all settings."""
    files = ", ".join(f"`{name}`" for name in file_variables(secret_names(Settings.model_fields), PREFIX))
    introduction = SETTINGS_INTRODUCTION.format(files=files)
    return "\n\n".join([introduction, *map(_settings_group, GROUPS)]) + "\n"


def _settings_group(group: type[SettingsGroup]) -> str:
    meanings = _texts_under_fields(group)
    rows = [_setting_row(name, field, meanings.get(name, "")) for name, field in group.model_fields.items()]
    return "\n".join([f"## {group.__doc__}\n", "| setting | default | values | meaning |", "|---|---|---|---|", *rows])


def _texts_under_fields(group: type[SettingsGroup]) -> dict[str, str]:
    """Field -> the text under it in the source."""
    [class_] = ast.parse(dedent(inspect.getsource(group))).body
    assert isinstance(class_, ast.ClassDef)
    texts: dict[str, str] = {}
    for node, below in pairwise(class_.body):
        match node, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                texts[name] = text
    return texts


def _setting_row(name: str, field: FieldInfo, meaning: str) -> str:
    assert meaning, f"the setting {name} has no text under it"
    meaning = " ".join(meaning.split())
    values = ", ".join(_bounds(field))
    return f"| `LOBBY_{name.upper()}` | {_default(field)} | {values} | {meaning} |"


def _default(field: FieldInfo) -> str:
    default = to_jsonable_python(field.default)
    assert field.default is not PydanticUndefined, "every setting has a default"
    if default is None:
        return "none"
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def _bounds(field: FieldInfo) -> Iterator[str]:
    """The limits of the values, if the type alone does not state them."""
    for bound in field.metadata:
        match bound:
            case Ge(ge=least):
                yield f"≥ {_number(least)}"
            case Gt(gt=least):
                yield f"> {_number(least)}"
            case Le(le=most):
                yield f"≤ {_number(most)}"
            case Lt(lt=most):
                yield f"< {_number(most)}"
            case MinLen(min_length=length):
                yield f"at least {length} item"
            case _:
                raise AssertionError(f"a bound that the page can't show: {bound!r}")
    choices = getattr(field.annotation, "__args__", ()) if "Literal" in str(field.annotation) else ()
    if choices:
        yield " or ".join(f"`{choice}`" for choice in choices)


def _number(number: Any) -> str:
    return f"{number:,}"


TABLES: dict[str, tuple[Mapping[Any, type[Any]], Collection[str]]] = {
    "events": (EVENT_TYPES, FIRST_FIELDS),
    "inbox": (INBOX_EVENT_TYPES, INBOX_FIRST_FIELDS),
}
"""The tables of events in docs/updates.md by their names: the types, and the fields that all of them have."""


def updates_page(page: str) -> str:
    """`page` with the tables of events as they are now."""
    for name, (types, first_fields) in TABLES.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->\n"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{event_table(types.values(), first_fields)}{end}{after}"
    return page


def event_table(types: Iterable[type[Any]], first_fields: Collection[str]) -> str:
    """The events and their fields, as a Markdown table."""
    distinct = dict.fromkeys(types)  # some kinds of events have the same type
    rows = (_event_row(type_, first_fields) for type_ in distinct)
    return "\n".join(["| `type` | fields | meaning |", "|---|---|---|", *rows, ""])


def _event_row(type_: type[Any], first_fields: Collection[str]) -> str:
    fields = [_event_field(field) for field in view_fields(type_) if field.name not in first_fields]
    if type_ in (SessionStarted, HostChanged):
        fields.append('`ticket`: your own, `{"token", "expires_at"}`, or null')
    if type_ in (InviteUpdated, InboxSnapshot):
        fields.append("in each invite its `party`")
    if type_ is SearchUpdated:
        fields.append("in it its `party`")
    meaning = describe(get_object_definition(type_, strict=True).description)
    return f"| `{type_.__name__}` | {'; '.join(fields)} | {meaning} |"


def _event_field(field: ViewField) -> str:
    return f"`{field.name}`: {', '.join(f'`{word}`' for word in field.words)}" if field.words else f"`{field.name}`"


def main() -> None:
    SETTINGS_PAGE.write_text(settings_page(), encoding="utf-8")
    UPDATES_PAGE.write_text(updates_page(UPDATES_PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
