"""The output of the demo is plain in a file, and coloured and animated on a terminal."""

from __future__ import annotations

import io

from tools.demo.screen import Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_a_file_gets_plain_lines() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.heading("Gathering")
    async with screen.waiting("the countdown"):
        screen.event(4, "Bram joined")
    assert out.getvalue() == "\nGathering\n    ... the countdown\n      #4   Bram joined\n"


async def test_a_terminal_gets_colour_and_the_animation_is_cleared() -> None:
    out = Terminal()
    screen = Screen(out)
    async with screen.waiting("the countdown"):
        screen.event(4, "Bram joined")
    assert "\033[2m#4   Bram joined\033[0m\n" in out.getvalue()
    assert out.getvalue().endswith("\r\033[K")
