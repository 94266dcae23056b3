"""The UI Toolkit sample: its UXML and USS fit its code, and three players use it against a running server."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.served.lobby import lobby
from tests.unity.compiler import Compilation
from tests.unity.conftest import Build
from tests.unity.hosting.build import HOSTING, NETCODE, NETCODE_DEFINES, hosting_library, netcode_library
from tests.unity.mono import IN_EDITOR, LEAVE, RUNTIME, STUBS, compile_csharp, run_program, sources
from tests.unity.roslyn import compile_for_dotnet, run_on_dotnet
from tools.unity_codegen.package import PACKAGE

SAMPLE = PACKAGE / "Samples~/UIToolkit"
EDITOR = PACKAGE / "Editor"
UXML = SAMPLE / "Lobby.uxml"
USS = (SAMPLE / "Lobby.uss").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in sources(SAMPLE))
HERE = Path(__file__).parent
PLAY = [*sources(HERE / "play"), HERE.parent / "netcode/journey/Frames.cs"]
NAMESPACE = "{UnityEngine.UIElements}"
SETTINGS = {
    "countdown_s": 1,
    "grace_waiting_s": 30,
    "grace_in_progress_s": 30,
    "leader_grace_s": 30,
    "leader_idle_s": 600,
    "join_url": "https://play.example/j/{code}",
}
EXPECTED = {
    "refused": "The party needs a password.",
    "by-link": "True/6",
    "own": "Ada   Knight   team 1   leads",
    "invited": "11",
    "roles": "host/client/client",
    "came-back": "client",
    "window": "3 streams/True",
    "cut": "True/True",
    "resumed": "True",
    "host-changed": "In the dungeon",
    "closed": "0",
    "settings": "http://127.0.0.1:8000/3/20/Debug",
    "bad-total": "TotalSeconds: 1 to 55, not 90",
    "bad-url": "The asset : Url: Not an http or https address: lobby.example.com",
}


def named() -> dict[str, str]:
    """The name of each element -> its type."""
    elements = [each for each in ElementTree.parse(UXML).iter() if each.get("name")]
    names = {each.attrib["name"]: each.tag.removeprefix(NAMESPACE) for each in elements}
    assert len(names) == len(elements), "each name is there once"
    return names


def classes_of_uxml() -> set[str]:
    return {name for each in ElementTree.parse(UXML).iter() for name in each.get("class", "").split()}


def classes_of_code() -> set[str]:
    calls: list[str] = re.findall(r'(?:AddToClassList|EnableInClassList)\("([\w-]+)"', CODE)
    return set(calls)


def test_every_name_that_the_code_looks_for_is_in_the_uxml() -> None:
    names = named()
    queries: list[tuple[str, str]] = re.findall(r'\.Q<(\w+)>\("([\w-]+)"\)', CODE)
    queries += [("Button", name) for name in re.findall(r'OnClick\("([\w-]+)"', CODE)]
    shown: list[str] = re.findall(r'Show\("([\w-]+)"', CODE)

    assert queries
    assert [
        f"{kind} {name}" for kind, name in queries if names.get(name) not in {kind, *_kinds_of(kind, names, name)}
    ] == []
    assert [name for name in shown if name not in names] == []


def _kinds_of(kind: str, names: dict[str, str], name: str) -> set[str]:
    """Any element that exists is a VisualElement."""
    return {names[name]} if kind == "VisualElement" and name in names else set()


def test_every_name_of_the_uxml_is_used_by_the_code() -> None:
    used = set(re.findall(r'"([\w-]+)"', CODE))

    assert [name for name in named() if name not in used | {"lobby"}] == []


def test_every_class_is_in_the_uss_and_the_uss_has_no_other() -> None:
    assert set(re.findall(r"^\.([\w-]+) \{", USS, re.MULTILINE)) == classes_of_uxml() | classes_of_code()


def test_the_uxml_has_the_style_of_the_sample() -> None:
    styles = [each.attrib["src"] for each in ElementTree.parse(UXML).iter() if each.tag == "Style"]

    assert styles == ["Lobby.uss"]


def test_the_presenters_know_nothing_of_unity() -> None:
    presenters = sources(SAMPLE / "Presenters")
    assert presenters
    assert [path.name for path in presenters if "UnityEngine" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("defines", [(), ("LOBBY_SAMPLE_NETCODE",)], ids=["bare", "netcode"])
def test_the_sample_compiles_with_and_without_netcode(inside: Build, defines: tuple[str, ...], tmp_path: Path) -> None:
    references = [inside.library, hosting_library(inside), *([netcode_library(inside)] if defines else [])]
    compile_csharp(tmp_path / "compiled.dll", sources(SAMPLE), [*inside.defines, *defines], references)


async def test_three_players_use_the_screens_and_the_editor_window_under_mono(inside: Build) -> None:
    references = [inside.library, hosting_library(inside), netcode_library(inside)]
    window = inside.library.with_name("AdventureBot2.Lobby.Editor.dll")
    compile_csharp(window, sources(EDITOR), inside.defines, [inside.library], documented=True)
    program = inside.library.with_name("Toolkit.exe")
    files = [*sources(SAMPLE), *PLAY]
    compile_csharp(program, files, [*inside.defines, "LOBBY_SAMPLE_NETCODE"], [*references, window])
    with lobby(**SETTINGS) as address:
        assert await run_program(program, address.base, str(UXML)) == EXPECTED


async def test_three_players_use_the_screens_and_the_editor_window_under_dotnet(tmp_path: Path) -> None:
    names = ("", ".Hosting", ".Netcode", ".Editor")
    runtime, hosting, netcode, window = libraries = [tmp_path / f"AdventureBot2.Lobby{name}.dll" for name in names]
    program = tmp_path / "Toolkit.exe"
    compile_for_dotnet(
        Compilation(runtime, [*sources(RUNTIME), *sources(STUBS)], IN_EDITOR),
        Compilation(hosting, sources(HOSTING), IN_EDITOR, [runtime]),
        Compilation(netcode, sources(NETCODE), [*IN_EDITOR, *NETCODE_DEFINES], [runtime, hosting]),
        Compilation(window, sources(EDITOR), IN_EDITOR, [runtime]),
        Compilation(program, [*sources(SAMPLE), *PLAY, LEAVE], [*IN_EDITOR, "LOBBY_SAMPLE_NETCODE"], libraries),
    )
    with lobby(**SETTINGS) as address:
        assert await run_on_dotnet(program, tmp_path, address.base, str(UXML)) == EXPECTED
