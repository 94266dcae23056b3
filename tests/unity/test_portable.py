"""The package avoids what Unity players do not support: IL2CPP strips reflection, and WebGL has no threads."""

from __future__ import annotations

import re

from tests.unity.mono import RUNTIME, sources
from tools.unity_codegen.package import PACKAGE

NOT_UNDER_IL2CPP = re.compile(
    r"System\.Reflection|\bdynamic\b|\bActivator\b|GetType\(\)|typeof\(|JsonUtility|Newtonsoft|System\.Text\.Json|\.Emit\b"
)
NOT_ON_WEBGL = re.compile(r"ConfigureAwait|Task\.Run\b|ThreadPool|\.Wait\(|\.Result\b(?!\.)")
OUTSIDE_ALONE = {"Http/ClientHttp.cs", "Sockets/ClientSocket.cs", "Sockets/SendQueue.cs"}
"""These files are not compiled for WebGL; the first one is not compiled for Unity at all."""


def find_lines(pattern: re.Pattern[str], *passed_over: str) -> list[str]:
    """FILE: LINE for each matching line of the code for players, without comments."""
    places: list[str] = []
    for path in (
        *sources(RUNTIME),
        *sources(PACKAGE / "Hosting"),
        *sources(PACKAGE / "Netcode"),
        *sources(PACKAGE / "UniTask"),
    ):
        name = path.relative_to(RUNTIME if RUNTIME in path.parents else PACKAGE).as_posix()
        if name not in passed_over:
            lines = path.read_text(encoding="utf-8").splitlines()
            places += [f"{name}: {line}" for line in lines if pattern.search(line.partition("//")[0])]
    return places


def test_there_is_no_reflection_and_no_code_made_at_run_time() -> None:
    assert find_lines(NOT_UNDER_IL2CPP) == []


def test_nothing_waits_on_a_thread_or_leaves_the_main_one() -> None:
    assert find_lines(NOT_ON_WEBGL, *OUTSIDE_ALONE) == []
