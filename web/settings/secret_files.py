"""Secrets that lie in files, as containers and service managers hand them over.

`LOBBY_SECRET_FILE` names a file with the value of `LOBBY_SECRET`, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

SUFFIX = "_FILE"
FILE_BYTES_MAX = 65_536
_OTHERS = ("store", "service_keys", "operator_keys", "moderator_keys", "issuers")
"""Settings that are no secrets: a URL that may have a password, and what `SIGHUP` reads again."""


def secret_names(fields: Mapping[str, FieldInfo]) -> list[str]:
    """The settings that may lie in a file: those of type `SecretStr`, or a list of them, and `_OTHERS`."""
    return [name for name, field in fields.items() if is_secret(field) or name in _OTHERS]


def is_secret(field: FieldInfo) -> bool:
    """True if the value must not be shown."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def read_secret_files(
    fields: Mapping[str, FieldInfo], given: Mapping[str, str | None], prefix: str, root: Path
) -> tuple[dict[str, Any], list[str]]:
    """The values of the settings whose file is named in `given`, and a line for each file that can't be used.

    `given`: variables by name. `prefix`: of the variables. `root`: relative paths start there. A file has what the variable would
    have; spaces and line feeds at its ends do not count.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in secret_names(fields):
        variable = f"{prefix}{name.upper()}"
        path = given.get(variable + SUFFIX)
        if not path:
            continue
        if given.get(variable):
            problems.append(f"{variable} and {variable}{SUFFIX}: set one of them")
            continue
        try:
            values[name] = _read(root / path, is_list=get_origin(fields[name].annotation) is list)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            problems.append(f"{variable}{SUFFIX}: can't use {root / path}: {reason}")
    return values, problems


def _read(path: Path, *, is_list: bool) -> Any:
    """Raises `OSError`, `ValueError`."""
    with path.open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise ValueError(f"it has more than {FILE_BYTES_MAX} bytes")
    text = content.decode().strip()
    if not text:
        raise ValueError("it is empty")
    return json.loads(text) if is_list else text


def file_variables(names: Iterable[str], prefix: str) -> list[str]:
    """The variables that may name a file."""
    return [f"{prefix}{name.upper()}{SUFFIX}" for name in names]
