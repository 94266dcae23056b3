"""The settings of a running server as operators may see them: secrets, hashes of keys and credentials in addresses are masked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from lobby.stores import without_credentials
from schema.operators import SettingInForce
from web.settings.secret_files import is_secret
from web.settings.settings import GROUPS, PREFIX, Settings

MASK = "(hidden)"
_KEYS = frozenset({"service_keys", "operator_keys", "moderator_keys"})
"""Lists of hashes of keys. The names of moderators stay."""
_HASH = re.compile(r"sha256:\w*")
_QUERY = re.compile(r"(?<=\?)\S*")
"""The query of an address, which may have a token."""


def settings_in_force(settings: Settings) -> tuple[SettingInForce, ...]:
    """All settings in the order of docs/settings.md."""
    return tuple(
        SettingInForce(
            name=f"{PREFIX}{name.upper()}",
            value=setting_text(name, field, getattr(settings, name)),
            is_default=getattr(settings, name) == field.get_default(call_default_factory=True),
        )
        for group in GROUPS
        for name, field in group.model_fields.items()
    )


def setting_text(name: str, field: FieldInfo, value: Any) -> str:
    """The value of a setting as the environment variable would have it. Secrets are masked."""
    if value is None:
        return ""
    if is_secret(field) and value:
        return MASK
    if not isinstance(value, str | Path):
        text = msgspec.json.encode(value, enc_hook=_encode_other).decode()
        return _HASH.sub(MASK, text) if name in _KEYS else text
    text = without_credentials(str(value))
    return _QUERY.sub(MASK, text) if "://" in text else text


def _encode_other(value: Any) -> Any:
    return MASK if isinstance(value, SecretStr) else value.model_dump()
