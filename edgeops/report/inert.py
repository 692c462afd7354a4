"""
Text from a cluster, made harmless to look at.

Whoever may write an object may put an escape sequence into an annotation and so move the
cursor, rewrite a line or, on some terminals, run something; a bidirectional override shows
a text in another order than it is compared in (CVE-2021-42574, "Trojan Source"). Both stay
visible here, as escapes.
"""

import re
import unicodedata
from typing import Final

# Cc: control, Cf: invisible formatting (bidi, zero width), Cs: lone surrogates, Zl and Zp:
# line and paragraph separators, which some programs take for the end of a line.
_ACTIVE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NAMES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NONCHARACTERS: Final = frozenset("\ufffe\uffff")  # well-formed Unicode, forbidden in XML 1.0
_UNSEEN: Final = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def inert(text: str) -> str:
    r"""
    *text* on one line, with everything that is not seen written as an escape such as ``\x1b``.

    The result holds only characters that XML 1.0 allows; a plain text comes back unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def inert_lines(text: str) -> str:
    """The same of a text of several lines, which stay lines; a tab becomes blanks."""
    return "\n".join(inert(line) for line in text.expandtabs().split("\n"))


def _visible(character: str) -> str:
    if character in _NAMES:
        return _NAMES[character]
    if unicodedata.category(character) not in _ACTIVE and character not in _NONCHARACTERS:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def inert_json(text: str) -> str:
    """
    A JSON text with the same value, whose strings hold nothing that acts unseen.

    JSON itself escapes only what is below U+0020, but U+009B opens an escape sequence too, and a
    bidirectional mark shows a text in another order.
    """
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
