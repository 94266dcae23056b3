"""Inputs of the state machine. Most are valid commands of players who may send them; some are not."""

from __future__ import annotations

from hypothesis import strategies as st

from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import GameType, Visibility

LIVE_PARTIES_MAX = 3
PLAYERS = ("ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal")
PASSWORDS = ("opensesame", "shutsesame")

PICK = st.integers(0, 11)
"""A party, a member or a role, see `PartiesMachine`: 10 and 11 pick somebody who should be rejected."""
NAME = st.sampled_from(PLAYERS)
VERSION = st.sampled_from((None, None, "1.0", "1.0", "1.1", "", "1 0"))
CLASS = st.sampled_from((None, "Mage", "Knight", "", "\0"))
ATTRIBUTES = st.sampled_from(((), (("hat", "red"),), (("hat", None),), (("", ""),)))
IF_VERSION_OFFSETS = st.sampled_from((None, None, None, None, None, 0, -1, -2, -100, 1))
"""`if_version` relative to the version of the party."""
RARELY = st.sampled_from((False, False, False, False, False, False, False, True))
SETTING_VALUES = (
    *(("game_type", value) for value in GameType),
    *(("max_members", value) for value in (1, 2, 3, 4, 4, 5, 0)),
    *(("difficulty", value) for value in ("Easy", "Hard", "Absurd")),
    *(("visibility", value) for value in Visibility),
    *(("password", value) for value in (*PASSWORDS, "", "abc")),
    *(("countdown_s", value) for value in (0, 5, 30, 31)),
    *((name, value) for name in ("locked", "unique_classes") for value in (False, True)),
    *((name, value) for name in ("allow_late_join", "allow_force_start") for value in (True, False)),
    *(("client_version", value) for value in ("1.0", "1.1", "", "1 0")),
    *(("teams", value) for value in (0, 2, 3, 4, 5)),
    *(("load_wait_s", value) for value in (0, 5, 30, 61)),
    ("name", "The Crypt"),
    ("name", ""),
)
SETTINGS = st.lists(st.sampled_from(SETTING_VALUES), max_size=3).map(lambda values: SettingsPatch(**dict(values)))  # type: ignore[arg-type]
FIRST_SETTINGS = st.sampled_from(
    (
        SettingsPatch(),
        SettingsPatch(game_type=GameType.PVP),
        SettingsPatch(unique_classes=True, teams=2, load_wait_s=5),
        SettingsPatch(game_type=GameType.PVP, unique_classes=True, countdown_s=30),
        SettingsPatch(password=PASSWORDS[0], visibility=Visibility.PRIVATE),
        SettingsPatch(password=PASSWORDS[0], visibility=Visibility.INVITE_ONLY),
    )
)
"""The settings of the first party. Each of them makes other rules apply."""
WAITS_MS = st.sampled_from((0, 1, 999, 5_000, 10_000, 30_000, 60_000, 120_000))
SIX_HOURS_MS = 6 * 3_600_000
