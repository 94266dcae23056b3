"""Inputs are converted field by field, and a field that exists on one side alone is found at import."""

from __future__ import annotations

import pytest
import strawberry
from strawberry import UNSET

from lobby.domain.party_settings import SettingsPatch
from lobby.struct import Struct
from resolvers.inputs import InputConverter, to_settings_patch
from schema.settings import PartySettingsInput


@strawberry.input
class Lantern:
    brightness: int | None = UNSET
    fuel_seconds: int | None = UNSET


class DomainLantern(Struct):
    brightness: int | None = None
    fuel_s: int | None = None


class LanternWithoutFuel(Struct):
    brightness: int | None = None


class LanternWithColor(DomainLantern):
    color: str | None = None


def test_each_field_goes_to_the_field_of_the_same_name() -> None:
    convert = InputConverter(Lantern, DomainLantern, other_names={"fuel_seconds": "fuel_s"})
    assert convert(Lantern(brightness=3, fuel_seconds=60)) == DomainLantern(3, 60)


def test_null_and_left_out_become_none() -> None:
    convert = InputConverter(Lantern, DomainLantern, other_names={"fuel_seconds": "fuel_s"})
    assert convert(Lantern(brightness=None)) == convert(UNSET) == convert(None) == DomainLantern()


def test_a_field_that_the_input_lacks_is_reported_with_both_files() -> None:
    with pytest.raises(TypeError, match=r"^tests/.*: Lantern has no field for LanternWithColor.color of tests/.*\.py$"):
        InputConverter(Lantern, LanternWithColor, other_names={"fuel_seconds": "fuel_s"})


def test_a_field_that_the_domain_lacks_is_reported_with_both_files() -> None:
    with pytest.raises(
        TypeError, match=r"^tests/.*: LanternWithoutFuel has no field for Lantern.fuel_seconds of tests/.*"
    ):
        InputConverter(Lantern, LanternWithoutFuel)


def test_settings_are_converted_to_a_patch() -> None:
    given = PartySettingsInput(name="Into the dark", locked=True, countdown_seconds=3)
    assert to_settings_patch(given) == SettingsPatch(name="Into the dark", locked=True, countdown_s=3)
