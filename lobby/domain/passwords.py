"""A party's password: the rules about it, and the slow work that a rule may ask its caller for.

Hashing a password takes tens of milliseconds by design, and it is not a pure function (the salt is random). So the rules do
not hash. A rule returns `PasswordToHash` or `PasswordToVerify`, the command handler does that work outside, puts the result
into the command, and calls `decide` again. The handler also limits the attempts: a `PasswordProof` carries how many are left.
"""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.struct import Struct

PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 4, 64


class PasswordToHash(Struct):
    """Work for the caller: hash `password`, put the result into the command as `password_hash`, and decide again."""

    password: str


class PasswordToVerify(Struct):
    """Work for the caller: compare `password` with `password_hash`, put a `PasswordProof` into the command, decide again."""

    password: str
    password_hash: str


PasswordWork = PasswordToHash | PasswordToVerify


class PasswordProof(Struct):
    """The result of comparing the password that a player sent with one hash."""

    password_hash: str
    """The hash that was compared. The proof is worth nothing once the party has another one."""
    matches: bool
    attempts_left: int
    """How many wrong passwords the player may still send to this party before a wait."""


def check_new_password(password: str) -> Rejection | None:
    """None if a leader may set `password`: it has 4 to 64 characters and is valid Unicode."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        return invalid("settings.password", f"Must be {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters.")
    if not text.is_unicode(password):
        return invalid("settings.password", "Must be valid Unicode.")
    return None


def check_password(
    expected_hash: str | None, password: str | None, proof: PasswordProof | None
) -> Rejection | PasswordToVerify | None:
    """None if `password` is that of a party with this hash. A party without a hash accepts any password, and none at all."""
    if expected_hash is None:
        return None
    if password is None:
        return _wrong_password("The party needs a password.", None)
    if not text.is_unicode(password):  # no party can have such a password, and it can't be hashed: it has no UTF-8 form
        return _wrong_password("The password is wrong.", None)
    if proof is None or proof.password_hash != expected_hash:
        return PasswordToVerify(password, expected_hash)
    return None if proof.matches else _wrong_password("The password is wrong.", proof.attempts_left)


def _wrong_password(message: str, attempts_left: int | None) -> Rejection:
    return Rejection(RejectionCode.WRONG_PASSWORD, message, field="password", attempts_left=attempts_left)
