"""Texts of every kind that Unicode has, in every place that takes a text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hypothesis import strategies as st

MARKS = 10_000
KINDS = {
    "bidi": "\u202eevil\u2066x\u2069\u200f",
    "zero width": "\u200b\u200c\u200d\ufeff\u2060",
    "nul": "a\x00b",
    "controls": "\x01\x07\x1b[31m\x7f\x85",
    "line breaks": "a\nb\r\nc\u2028d\u2029e\x0bf",
    "lone surrogates": "\ud800 \udfff",
    "reversed surrogates": "\udc00\ud800",
    "combining marks": "e" + "\u0301" * MARKS,
    "marks of many classes": "a" + "\u0327\u0301\u0345\u20dd" * (MARKS // 4),
    "marks alone": "\u0301\u0301",
    "hangul jamo": "\u1100\u1161\u11a8" * 100,
    "emoji": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "tags": "\U000e0001\U000e0041\U000e007f",
    "private use": "\ue000\U0010fffd",
    "unassigned": "\u0378\U000e1fff",
    "noncharacters": "\ufffe\uffff\U0001fffe",
    "widening": "ﷺ" * 50,
    "case": "İıßŉǰΐ",
    "spaces": "\u00a0\u2003\u3000 \t",
    "log forgery": "x\n2026-01-01 00:00:00 ERROR lobby: forged",
    "injection": "'; drop table parties; -- {{7*7}} ${jndi:ldap://x} %s %n ../../etc/passwd",
}
PARTY = "mutation($t:String,$k:ID){createParty(input:{settings:%s,leaveCurrent:true,idempotencyKey:$k%s}){...on Rejection{code}}}"
PLACES = {
    "displayName": "mutation($t:String!){signInAsGuest(input:{displayName:$t}){...on Rejection{code}}}",
    "name": PARTY % ("{name:$t}", ""),
    "password": PARTY % ("{password:$t}", ""),
    "difficulty": PARTY % ("{difficulty:$t}", ""),
    "characterClass": PARTY % ("{}", ",characterClass:$t"),
    "attribute key": 'mutation($t:String!){createParty(input:{attributes:[{key:$t,value:"x"}]}){...on Rejection{code}}}',
    "attribute value": 'mutation($t:String!){createParty(input:{attributes:[{key:"k",value:$t}]}){...on Rejection{code}}}',
    "joinCode": "mutation($t:String!){joinParty(input:{joinCode:$t}){...on Rejection{code}}}",
    "id": "query($t:ID!){party(id:$t){id}}",
    "cursor": 'query($t:Cursor!){partyHistory(partyId:"x",after:$t){seq}}',
    "page cursor": "query($t:String!){parties(after:$t){totalCount}}",
    "nameContains": "query($t:String!){parties(filter:{nameContains:$t}){totalCount}}",
    "refresh token": "mutation($t:String!){refreshCredentials(refreshToken:$t){...on Rejection{code}}}",
    "idempotencyKey": "mutation($t:ID!){quickJoin(input:{idempotencyKey:$t}){...on Rejection{code}}}",
    "message": 'mutation($t:String!){postMessage(input:{partyId:"x",text:$t}){...on Rejection{code}}}',
    "no field": "query($t:String!){__typename}",
}
"""A document for each place, `t` the text."""


def every_kind() -> Iterator[tuple[str, bytes]]:
    """Each text in each place: what it is, and the request."""
    for place, document in PLACES.items():
        for kind, text in KINDS.items():
            yield f"{kind} as {place}", request(document, text)
    for kind, text in KINDS.items():
        quoted = _json(text).decode()
        yield f"{kind} in a document", _json({"query": f"{{party(id:{quoted}){{id}}}}"})
        yield f"{kind} as operationName", _json({"query": "{__typename}", "operationName": text})
        yield f"{kind} as a variable's name", _json({"query": "{__typename}", "variables": {text: text}})


def request(document: str, text: str) -> bytes:
    return _json({"query": document, "variables": {"t": text}})


def _json(value: object) -> bytes:
    """Escaped only where UTF-8 has no form for it, as for lone surrogates: escapes make a text too long to be read at all."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


any_text = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(codec=None, min_codepoint=0, max_codepoint=0x10FFFF), max_size=80),
    st.sampled_from(sorted(KINDS.values())),
    st.tuples(st.sampled_from(sorted(KINDS.values())), st.text(max_size=10)).map("".join),
)
texts = st.tuples(st.sampled_from(sorted(PLACES)), any_text).map(lambda chosen: request(PLACES[chosen[0]], chosen[1]))
