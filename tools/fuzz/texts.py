"""Texts of the kinds that Unicode has and programs get wrong."""

from __future__ import annotations

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
"""By name of the kind."""

any_text = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(codec=None, min_codepoint=0, max_codepoint=0x10FFFF), max_size=80),
    st.sampled_from(sorted(KINDS.values())),
    st.tuples(st.sampled_from(sorted(KINDS.values())), st.text(max_size=10)).map("".join),
)
