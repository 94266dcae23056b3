"""An issuer over real HTTP: it publishes and rotates its keys, goes down, and signs the tokens of a test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lobby.auth.external_issuers import Issuer
from tests.serving import served

AUDIENCE = "upid:dungeon"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey

_RSA_KEYS = [rsa.generate_private_key(65537, 2048)]
"""Slow to make, so made once."""


def new_key(algorithm: str = "ES256") -> PrivateKey:
    if algorithm == "EdDSA":
        return Ed25519PrivateKey.generate()
    return _RSA_KEYS[0] if algorithm[0] in "RP" else ec.generate_private_key(ec.SECP256R1())


def jwk(kid: str, key: PrivateKey, **more: Any) -> dict[str, Any]:
    """The public half."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        public = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", **more}


class FakeIssuer:
    """A test can set its responses. It counts the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.app = Starlette(
            routes=[Route("/jwks", self._jwks), Route("/.well-known/openid-configuration", self._discovery)]
        )
        self.begin_anew()

    def begin_anew(self) -> None:
        self.keys: dict[str, PrivateKey] = {"k1": new_key()}
        self.listed: list[dict[str, Any]] | None = None
        """Instead of the keys."""
        self.body: bytes | None = None
        """Instead of a key set."""
        self.status = 200
        self.asked = 0
        self.discovered_issuer: str | None = None

    @property
    def issuer(self) -> str:
        return self.url

    def rotate(self, kid: str, algorithm: str = "ES256") -> None:
        """The key `kid` and no other."""
        self.keys = {kid: new_key(algorithm)}

    def settings(self, **more: Any) -> Issuer:
        return Issuer(**{"issuer": self.issuer, "audiences": (AUDIENCE,), "jwks_url": f"{self.url}/jwks", **more})

    def token(
        self,
        kid: str = "k1",
        algorithm: str = "ES256",
        key: PrivateKey | None = None,
        headers: dict[str, Any] | None = None,
        now_s: float | None = None,
        **claims: Any,
    ) -> str:
        """A good token, changed as asked for; a claim of None is left out."""
        now = time.time() if now_s is None else now_s
        whole = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ada-1",
            "name": "Ada",
            "iat": now,
            "exp": now + 600,
        } | claims
        kept = {name: claim for name, claim in whole.items() if claim is not None}
        return jwt.encode(kept, key or self.keys[kid], algorithm, headers={"kid": kid, **(headers or {})})

    async def _jwks(self, _request: Request) -> Response:
        self.asked += 1
        listed = self.listed if self.listed is not None else [jwk(kid, key) for kid, key in self.keys.items()]
        body = self.body if self.body is not None else json.dumps({"keys": listed}).encode()
        return Response(body, self.status, media_type="application/json")

    async def _discovery(self, _request: Request) -> Response:
        document = {"issuer": self.discovered_issuer or self.issuer, "jwks_uri": f"{self.url}/jwks"}
        return Response(json.dumps(document), media_type="application/json")


@contextmanager
def publishing() -> Iterator[FakeIssuer]:
    publisher = FakeIssuer()
    with served(publisher.app) as publisher.url:
        yield publisher
