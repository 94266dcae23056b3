"""An issuer's keys, kept fresh. They are read over the network without anybody's having to wait, but for the first time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import httpx
import msgspec

from lobby.auth.external.issuer import Issuer, is_safe_url
from lobby.auth.external.key_set import KeySet, NoKeySet, PublicKey, read_key_set

log = logging.getLogger(__name__)

DOCUMENT_BYTES_MAX = 262_144
"""A key set of a hundred large keys with their certificates fits."""
_AS_IT_IS = {"accept": "application/json", "accept-encoding": "identity"}
"""Unpacked, a small document can be a large one."""


class IssuerKeys:
    """The latest keys that could be read. While the issuer is out of reach those of before go on to be good."""

    def __init__(self, issuer: Issuer, client: httpx.AsyncClient, withdrawn: Callable[[], None]) -> None:
        """`withdrawn` is called when a key is no longer among them: what it has signed does not count any more."""
        self._issuer = issuer
        self._client = client
        self._withdrawn = withdrawn
        self._keys: KeySet = {}
        self._refreshing: asyncio.Task[bool] | None = None
        self._looked_at: float | None = None
        self.is_reachable = True
        """When that was last tried."""

    def key(self, kid: str) -> PublicKey | None:
        return self._keys.get(kid)

    @property
    def may_have_more(self) -> bool:
        """Whether a look is on its way, or may be had by now: so a key that is not known may be known then."""
        if self._refreshing is not None or self._looked_at is None:
            return True
        return asyncio.get_running_loop().time() - self._looked_at >= self._issuer.refresh_min_s

    async def refresh(self) -> None:
        """One look, which all who wait at the same time share; over within `wait_s`, whatever comes of it."""
        await asyncio.shield(self._look())

    async def keep_fresh(self) -> None:
        """Until cancelled."""
        while True:
            went_well = await asyncio.shield(self._look())
            await asyncio.sleep(self._issuer.refresh_s if went_well else self._issuer.refresh_min_s)

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    def _look(self) -> asyncio.Task[bool]:
        if self._refreshing is None:
            self._looked_at = asyncio.get_running_loop().time()
            self._refreshing = asyncio.create_task(self._refreshed(), name="issuer keys")
            self._refreshing.add_done_callback(self._looked)
        return self._refreshing

    def _looked(self, _task: asyncio.Task[bool]) -> None:
        self._refreshing = None

    async def _refreshed(self) -> bool:
        try:
            async with asyncio.timeout(self._issuer.wait_s):
                keys = read_key_set(await self._read(await self._where()))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, NoKeySet) as error:
            self._tell(False, f"{type(error).__name__}: {error}"[:200])
            return False
        self._tell(True, f"{len(keys)} keys")
        before, self._keys = self._keys, keys
        if any(kid not in keys or keys[kid].jwk != key.jwk for kid, key in before.items()):
            self._withdrawn()
        return True

    async def _where(self) -> str:
        """By OpenID Connect Discovery 1.0, section 4, where no URL is set. What it says must be of the issuer that was asked."""
        if self._issuer.jwks_url is not None:
            return self._issuer.jwks_url
        try:
            told = msgspec.json.decode(await self._read(self._issuer.keys_url))
            issuer, url = told["issuer"], told["jwks_uri"]
        except (msgspec.DecodeError, RecursionError, KeyError, TypeError) as error:
            raise NoKeySet("it answered no discovery document") from error
        if issuer != self._issuer.issuer or not isinstance(url, str) or not is_safe_url(url):
            raise NoKeySet("its discovery document is another issuer's, or names no safe URL")
        return url

    async def _read(self, url: str) -> bytes:
        document = bytearray()
        async with self._client.stream("GET", url, headers=_AS_IT_IS, follow_redirects=False) as response:
            if response.status_code != httpx.codes.OK:
                raise NoKeySet(f"it answered {response.status_code}")
            async for chunk in response.aiter_raw():
                document += chunk
                if len(document) > DOCUMENT_BYTES_MAX:
                    raise NoKeySet(f"it answered more than {DOCUMENT_BYTES_MAX} bytes")
        return bytes(document)

    def _tell(self, is_reachable: bool, what: str) -> None:
        """Once each time that it changes."""
        if is_reachable and (not self.is_reachable or not self._keys):
            log.info("keys of %s: %s", self._issuer.issuer, what)
        if not is_reachable and self.is_reachable:
            log.warning("no keys of %s (%s); those known before stay good", self._issuer.issuer, what)
        self.is_reachable = is_reachable
