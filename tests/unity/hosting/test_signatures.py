"""The package's own Ed25519 accepts and refuses what RFC 8032's examples and another implementation do, under Mono and .NET."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.unity.compiler import Compilation
from tests.unity.conftest import Build
from tests.unity.hosting.build import hosting_library
from tests.unity.mono import LEAVE, RUNTIME, compile_csharp, run_program, sources
from tests.unity.roslyn import compile_for_dotnet, run_on_dotnet
from tools.unity_codegen.package import PACKAGE

PROGRAM = Path(__file__).with_name("Signatures.cs")
Signed = tuple[bytes, bytes, bytes]
"""A public key, a message and a signature."""

# RFC 8032, section 7.1: the secret key, the public key, the message, and the signature of each example.
EXAMPLES = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)
ORDER = 2**252 + 27742317777372353535851937790883648493
KEYS = 10


def is_signed(signed: Signed) -> bool:
    """By the other implementation."""
    key, message, signature = signed
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def signatures() -> Iterator[Signed]:
    """Good ones, and from each of them others with one changed bit in each part."""
    chance = random.Random(8032)
    for number in range(KEYS):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        key, message = private.public_key().public_bytes_raw(), chance.randbytes(number * 13)
        good = (key, message, private.sign(message))
        yield good
        for part in range(3):
            changed = list(good)
            if changed[part]:
                changed[part] = flip(changed[part], chance.randrange(8 * len(changed[part])))
                yield changed[0], changed[1], changed[2]
        proof = int.from_bytes(good[2][32:], "little") + ORDER
        yield key, message, good[2][:32] + proof.to_bytes(32, "little")
        yield chance.randbytes(32), message, good[2]
    yield b"\xff" * 32, b"", bytes(64)
    yield bytes(31), b"", bytes(64)
    yield bytes(32), b"", bytes(63)


def flip(whole: bytes, bit: int) -> bytes:
    changed = bytearray(whole)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def examples() -> list[Signed]:
    signed = [(bytes.fromhex(key), bytes.fromhex(words), bytes.fromhex(proof)) for _, key, words, proof in EXAMPLES]
    for (secret, *_), (key, message, signature) in zip(EXAMPLES, signed, strict=True):
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
        assert (private.public_key().public_bytes_raw(), private.sign(message)) == (key, signature), "copied correctly"
    return signed


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The file for the program, and what it is to print."""
    cases = [*examples(), *signatures()]
    file = tmp_path_factory.mktemp("signatures") / "cases.txt"
    file.write_text("\n".join(" ".join(part.hex() or "-" for part in case) for case in cases), encoding="ascii")
    expected = {str(number): str(is_signed(case)) for number, case in enumerate(cases)}
    assert [expected[str(number)] for number in range(len(EXAMPLES))] == ["True"] * len(EXAMPLES)
    assert list(expected.values()).count("True") == len(EXAMPLES) + KEYS
    return file, expected


async def test_mono_verifies_as_another_implementation_does(outside: Build, cases: tuple[Path, dict[str, str]]) -> None:
    library = hosting_library(outside)
    program = compile_csharp(
        outside.library.with_name("Signatures.exe"), [PROGRAM], references=[outside.library, library]
    )
    printed = await run_program(program, str(cases[0]))
    assert int(printed.pop("ms")) < 200, "one signature, on a busy machine"
    assert printed == cases[1]


async def test_dotnet_verifies_as_another_implementation_does(
    tmp_path: Path, cases: tuple[Path, dict[str, str]]
) -> None:
    library, program = tmp_path / "Hosting.dll", tmp_path / "Signatures.exe"
    compile_for_dotnet(
        Compilation(library, [*sources(RUNTIME), *sources(PACKAGE / "Hosting")]),
        Compilation(program, [PROGRAM, LEAVE], references=[library]),
    )
    printed = await run_on_dotnet(program, tmp_path, str(cases[0]))
    assert int(printed.pop("ms")) < 200, "one signature, on a busy machine"
    assert printed == cases[1]
