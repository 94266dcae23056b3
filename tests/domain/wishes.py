"""What may be asked of a party in the state machine: mostly what makes sense, by those who may; sometimes not."""

from __future__ import annotations

from hypothesis import strategies as st

from lobby.domain import commands as c
from lobby.domain.values import GameType, Visibility

LIVE_PARTIES_MAX = 3
PLAYERS = ("ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal")
PASSWORDS = ("opensesame", "shutsesame")

PICK = st.integers(0, 11)
"""A party, a member or a role, as `SeveralParties` reads it: 10 and 11 are those who have no business there."""
NAME = st.sampled_from(PLAYERS)
CLASS = st.sampled_from((None, "Mage", "Knight", "", "\0"))
ATTRIBUTES = st.sampled_from(((), (("hat", "red"),), (("hat", None),), (("", ""),)))
SINCE = st.sampled_from((None, None, None, None, None, 0, -1, -2, -100, 1))
"""`if_version`, counted from the party's own."""
SELDOM = st.sampled_from((False, False, False, False, False, False, False, True))
WISHES = (
    *(("game_type", wish) for wish in GameType),
    *(("max_members", wish) for wish in (1, 2, 3, 4, 4, 5, 0)),
    *(("difficulty", wish) for wish in ("Easy", "Hard", "Absurd")),
    *(("visibility", wish) for wish in Visibility),
    *(("password", wish) for wish in (*PASSWORDS, "", "abc")),
    *(("countdown_s", wish) for wish in (0, 5, 30, 31)),
    *((name, wish) for name in ("locked", "unique_classes") for wish in (False, True)),
    *((name, wish) for name in ("allow_late_join", "allow_force_start") for wish in (True, False)),
    ("name", "The Crypt"),
    ("name", ""),
)
SETTINGS = st.lists(st.sampled_from(WISHES), max_size=3).map(lambda wishes: c.SettingsPatch(**dict(wishes)))  # type: ignore[arg-type]
FIRST = st.sampled_from(
    (
        c.SettingsPatch(),
        c.SettingsPatch(game_type=GameType.PVP),
        c.SettingsPatch(unique_classes=True),
        c.SettingsPatch(game_type=GameType.PVP, unique_classes=True, countdown_s=30),
        c.SettingsPatch(password=PASSWORDS[0], visibility=Visibility.PRIVATE),
    )
)
"""The first party's settings: those under which rules apply that others never meet."""
MOMENTS_MS = st.sampled_from((0, 1, 999, 5_000, 10_000, 30_000, 60_000, 120_000))
SIX_HOURS_MS = 6 * 3_600_000
