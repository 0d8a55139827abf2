"""Characters that no reader sees: instructions can be written with them that only a machine reads.

Left out are the characters that Unicode calls default-ignorable, those that turn the direction of text around, and
those that annotate it. Some are needed to write a language or an emoji; these stay exactly where they do that. Halves
of a surrogate pair, which JSON can escape, are no characters and left out too: no store could hold them.
"""

import re
import unicodedata
from typing import Final, NamedTuple

_VARIATION: Final = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINERS: Final = r"\u200c\u200d"
_MARKS: Final = r"\u061c\u200e\u200f"
_INVISIBLE_RUN: Final = re.compile(
    rf"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b{_JOINERS}{_MARKS}\u202a-\u202e\u2060-\u206f\u3164"
    rf"{_VARIATION}\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]+"
)
"""The property Default_Ignorable_Code_Point of Unicode 16, the interlinear annotations U+FFF9 to U+FFFB, surrogates."""

_JOINING_SCRIPT: Final = re.compile(
    r"[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1bff\ua840-\ua8ff\ua930-\ua9ff"
    r"\uaa60-\uaa7f\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefe\U00010a00-\U00010a5f\U00010d00-\U00010d3f"
    r"\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
"""Scripts whose letters change with their neighbours, which joiners and non-joiners direct: Arabic, those of India and
South-East Asia, Mongolian, Adlam."""
_MONGOLIAN: Final = re.compile(r"[\u1820-\u18aa]")
_OLD_HANGUL: Final = re.compile(r"[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_FLAG: Final = "\U0001f3f4"
_KEYS: Final = "#*0123456789"
_VARIED_SIGNS: Final = frozenset({"No", "Po", "Sk", "Sm", "So"})
_FIRST_VARIED_LETTER: Final = "\u1000"
"""Letters before Myanmar have no variants: a selector behind each would carry a byte of a hidden message."""

_ANY_JOINER: Final = re.compile(f"[{_JOINERS}]")
_ANY_MARK: Final = re.compile(f"[{_MARKS}]")
_ANY_FILLER: Final = re.compile("[\u115f\u1160]")
_MONGOLIAN_SELECTOR: Final = re.compile("[\u180b-\u180f]")
_SELECTOR: Final = re.compile(f"[{_VARIATION}]")
_EMOJI_JOINER: Final = re.compile("\ufe0f?\u200d")
_REGION: Final = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The tags after a black flag that name the flag of a part of a country, "gbsct" for that of Scotland."""


class VisibleText(NamedTuple):
    """A text without what no reader sees."""

    text: str
    stripped: int
    """How many characters were left out."""


def visible_text(text: str) -> VisibleText:
    """Return a text without its invisible characters.

    Of these stay: joiners beside a letter of a script that joins its letters, and between two emoji; a variation
    selector after a sign that has variants; marks of direction beside a letter written from right to left; the tags
    in the flag of a region; fillers in old Korean. Of a run only its first characters may be such. The visible text
    of a visible text is the same.
    """
    if text.isascii():
        return VisibleText(text, 0)
    visible = _INVISIBLE_RUN.sub(_needed, text)
    return VisibleText(visible, len(text) - len(visible))


def _needed(run: re.Match[str]) -> str:
    """Return the characters at the start of a run that what stands around it needs."""
    before, after = run.string[: run.start()][-1:], run.string[run.end() :][:1]
    is_joining = any(map(_JOINING_SCRIPT.match, (before, after)))
    rules = (
        (_EMOJI_JOINER, _is_symbol(before) and _is_symbol(after)),
        (_REGION, before == _FLAG),
        (_SELECTOR, _has_variants(before)),
        (_MONGOLIAN_SELECTOR, _MONGOLIAN.match(before)),
        (_ANY_JOINER, is_joining),
        (_ANY_MARK, _is_right_to_left(before) or _is_right_to_left(after)),
        (_ANY_FILLER, any(map(_OLD_HANGUL.match, (before, after)))),
    )
    matches = (pattern.match(run[0]) for pattern, is_needed in rules if is_needed)
    return next((match[0] for match in matches if match), "")


def _is_symbol(character: str) -> bool:
    """Whether a character is an emoji or a skin tone; not only these, but no letter is among them."""
    return character != "" and unicodedata.category(character) in {"So", "Sk", "Sm"} and not character.isascii()


def _has_variants(character: str) -> bool:
    if character.isascii():
        return character != "" and character in _KEYS
    return character >= _FIRST_VARIED_LETTER or unicodedata.category(character) in _VARIED_SIGNS


def _is_right_to_left(character: str) -> bool:
    return character != "" and unicodedata.bidirectional(character) in {"R", "AL", "AN"}
