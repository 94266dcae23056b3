"""A request that is sent again after an update has the digest that the version before has stored with its idempotency key."""

from __future__ import annotations

from typing import Any

import pytest
from strawberry import ID

from lobby.app.idempotency import IdempotencyKey
from resolvers.mutation_helpers import bind_idempotency_key
from schema.inputs import (
    CreatePartyInput,
    JoinPartyInput,
    KickMemberInput,
    QuickJoinInput,
    SetReadyInput,
    StartSessionInput,
    UpdateMemberInput,
)
from schema.player import AttributeInput
from schema.settings import PartySettingsInput
from web.rest.bodies import CreateParty, JoinParty, LeaveParty, StartSession

SECRET = b"s" * 32
PARTY, PLAYER = ID("p"), ID("q")
SETTINGS = PartySettingsInput(name="a", max_members=4, password="pass", locked=True, countdown_seconds=3)
ATTRIBUTES = [AttributeInput(key="map", value="crypt"), AttributeInput(key="x")]
JSON: dict[str, Any] = {
    "settings": {"name": "a", "game_type": "pvp", "max_members": 4, "visibility": "private", "countdown_seconds": 1},
    "attributes": [{"key": "a", "value": None}],
    "leave_current": True,
}
DIGESTS_OF_0_1_0: list[tuple[str, object, str]] = [
    (
        "createParty",
        CreatePartyInput(settings=SETTINGS, attributes=ATTRIBUTES, character_class="Mage"),
        "bce72fd2b93038f4c5fd4b98bf5a7070efbb6193a5a1be76852e5bcc7d7b629b",
    ),
    (
        "joinParty",
        JoinPartyInput(party_id=PARTY, character_class="Mage"),
        "098372698c102583ac84d9e24f34f43367c10c174fc59a00a893146c087fbab2",
    ),
    (
        "joinParty",
        JoinPartyInput(join_code="ABC", leave_current=True),
        "bdf86eff3425b367067de75f9a92fdeb160fa9c3847e074b613ca1fdc1101e77",
    ),
    ("quickJoin", QuickJoinInput(), "d730d2dae9f3b34ca68646844cd3bcf290a26970466233cf151f4bb3428105f6"),
    (
        "kickMember",
        KickMemberInput(party_id=PARTY, player_id=PLAYER),
        "2a0a279a5dff17b3579c3ac386b7ee2af61fcb151aeed1a7b82c3784d337e1ea",
    ),
    (
        "startSession",
        StartSessionInput(party_id=PARTY),
        "02c430e0fb5e945089c8b46ffebd702ec9dc327f6e47c0a9c3b0eee652444e4d",
    ),
    (
        "startSession",
        StartSessionInput(party_id=PARTY, force=True),
        "24a6469a6a1558f89524329ad2f997c7f9e2bd8996e0568c44a65d92d5672718",
    ),
    (
        "updateMember",
        UpdateMemberInput(party_id=PARTY, attributes=ATTRIBUTES),
        "ffc8fa546f6c517390feefa261302c30c37f97a5911a7701dd0ea784e13b6ff2",
    ),
    (
        "setReady",
        SetReadyInput(party_id=PARTY, ready=False, settings_version=1),
        "a627caad9304fef1f26bcd405f1cf94923ce9f2258bda372127ba27c0a3c4f3d",
    ),
    ("POST /party", CreateParty().payload(), "68fb22612062cd6cb27c19cd88e1f2379ca784f88a08a80790007e1fc260b8e3"),
    (
        "POST /party",
        CreateParty.model_validate(JSON).payload(),
        "38dbdcb9047ea7b978af06807b85e76626ab00a63d1c484de3ef7cb26522e59d",
    ),
    ("POST /party/p/join", JoinParty().payload(), "68ad8795258ea97ada77ad3dfff7fea292051d2f09d3cef12f76013d4f2b2dd4"),
    (
        "POST /party/p/join",
        JoinParty(password="pass", character_class="Mage").payload(),
        "a53d445dba4de0d054d1c830871494e74891bbe30f0d2b1fe5446400c0a5da3b",
    ),
    ("POST /party/p/leave", LeaveParty().payload(), "e02935777e51644133d19ac59b2585cc7c7a69b2afbc90f085c95d84b3a02eda"),
    ("POST /session p", StartSession().payload(), "03b5802e54858961c2bd844f5497acf1b99989c6b7ae055c4383caf5ff656f61"),
]
"""Computed by the code of that release."""


def digest(operation: str, payload: object) -> str:
    bound = bind_idempotency_key(operation, payload, "a key", SECRET)
    assert isinstance(bound, IdempotencyKey)
    return bound.fingerprint.hex()


@pytest.mark.parametrize(("operation", "payload", "of_0_1_0"), DIGESTS_OF_0_1_0)
def test_the_digest_of_a_request_is_that_of_0_1_0(operation: str, payload: object, of_0_1_0: str) -> None:
    assert digest(operation, payload) == of_0_1_0


def test_a_field_that_is_not_at_its_default_is_in_the_digest() -> None:
    waits = digest("joinParty", JoinPartyInput(party_id=PARTY, wait=True))

    assert waits != digest("joinParty", JoinPartyInput(party_id=PARTY))
    assert digest("POST /party/p/join", JoinParty(wait=True).payload()) != digest(
        "POST /party/p/join", JoinParty().payload()
    )
