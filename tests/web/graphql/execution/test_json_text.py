from __future__ import annotations

import json
from contextlib import suppress
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.graphql.execution.result import MalformedJson, decode_json, encode_json


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"NaN",
        b'"\xff"',
        b"\xff\xfe{\x00}\x00",
        b'{"a":1}x',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5_000,
        b"1e999",
        rb'"\ud800"',
        rb'{"\udc00":1}',
    ],
)
def test_hostile_text_is_malformed_and_nothing_worse(text: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode_json(text)


@pytest.mark.parametrize("number", [b"1e308", b"5e-324", b"1.2345678901234567890123e-300", b"-1e308"])
def test_a_body_full_of_extreme_numbers_is_read_in_milliseconds(number: bytes) -> None:
    text = b"[%b]" % b",".join([number] * (65_536 // (len(number) + 1)))

    started_s = thread_time()
    decode_json(text)
    assert thread_time() - started_s < 0.02


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_malformed(text: bytes) -> None:
    with suppress(MalformedJson):
        decode_json(text)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_what_is_encoded_is_read_the_same_by_any_other_reader(value: object) -> None:
    assert value == json.loads(encode_json(value)) == decode_json(encode_json(value))
