"""An issuer's public keys, as its JSON Web Key Set (RFC 7517) has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

KEYS_MAX = 100
KID_CHARS_MAX = 256
RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
"""Shorter ones are no longer safe (NIST SP 800-131A); longer ones take long."""

_READERS: Mapping[str, type[RSAAlgorithm] | type[ECAlgorithm] | type[OKPAlgorithm]] = {
    "RSA": RSAAlgorithm,
    "EC": ECAlgorithm,
    "OKP": OKPAlgorithm,
}
_OF_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_OF_CURVE = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key, bound to the algorithms that it is for: a token can't have it used for another."""

    key: RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
    algorithms: frozenset[str]
    jwk: str
    """As it was published, to tell whether it has changed."""


KeySet = Mapping[str, PublicKey]
"""By kid."""


class NoKeySet(Exception):
    """What was read is no key set, or one without a key to use."""


def read_key_set(document: bytes) -> KeySet:
    """The keys that can check a signature; others are left out. Raises `NoKeySet`."""
    try:
        listed = msgspec.json.decode(document)["keys"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError) as error:
        raise NoKeySet("it answered no JSON Web Key Set") from error
    keys: dict[str, PublicKey] = {}
    for jwk in listed[:KEYS_MAX] if isinstance(listed, list) else ():
        kid, key = _read(jwk) if isinstance(jwk, dict) else (None, None)
        if kid is not None and key is not None:
            keys.setdefault(kid, key)
    if not keys:
        raise NoKeySet("its key set has no key that can be used")
    return keys


def _read(jwk: dict[str, Any]) -> tuple[str | None, PublicKey | None]:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= KID_CHARS_MAX or jwk.get("use", "sig") != "sig":
        return None, None
    reader = _READERS.get(str(jwk.get("kty")))
    if reader is None:
        return None, None
    try:
        key = reader.from_jwk(jwk)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None, None
    algorithms = _algorithms(key)
    if "alg" in jwk:
        algorithms &= {str(jwk["alg"])}
    if not algorithms:
        return None, None
    assert isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey)
    return kid, PublicKey(key, algorithms, msgspec.json.encode(jwk, order="deterministic").decode())


def _algorithms(key: object) -> frozenset[str]:
    """What such a key may be used for; nothing for a private one, which should not have been published."""
    if isinstance(key, RSAPublicKey):
        return _OF_RSA if RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX else frozenset()
    if isinstance(key, EllipticCurvePublicKey):
        return frozenset({_OF_CURVE[key.curve.name]} if key.curve.name in _OF_CURVE else ())
    return frozenset({"EdDSA"} if isinstance(key, Ed25519PublicKey) else ())
