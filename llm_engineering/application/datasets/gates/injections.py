"""Instructions to a machine that were slipped into a sample, openly or hidden.

The rules are families of words, not sentences: a verb of setting aside near a noun for what a model was told, a change
of role, a demand for what is kept secret, a way to carry data off (`injection_rules.py`). A text is also read with its
disguises taken away: styled letters, spaced letters, digits for letters, look-alike letters of other scripts, Base64.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from llm_engineering.application.crawl.hidden import visible_text
from llm_engineering.application.datasets.gates.injection_rules import RULES
from llm_engineering.application.datasets.gates.texts import normalized, shortened
from llm_engineering.application.datasets.gates.verdicts import Refused
from llm_engineering.domain.samples import RejectionReason, Sample

_SPACED: Final = re.compile(r"(?<!\S)(?:\w[ ._*-]){5,}\w(?!\S)")
_SPELT: Final = re.compile(r"(?:\w[ ._*-])+\w")
_GAP: Final = re.compile(r"\s{2,}|(?<=\w)\s/\s")
_LOOKED_FOR: Final = re.compile(
    r"ignore|disregard|forget|override|bypass|reveal|print|all|any|your|previous|prior|above|system|instructions?|prompts?|rules"
)
_BASE64: Final = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/])")
_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u03b1\u03bf\u03c1\u03b5\u03bd\u03b9\u03ba",
    "aeopcyxijsdqwaopevik",
)
"""Letters of Cyrillic and Greek that look like Latin ones."""
_LEET: Final = str.maketrans("013457@$!", "oieastasi")
_LEETED: Final = re.compile(r"\b(?=\w*[a-z])(?=[a-z]*[013457@$!])[\w@$!]{3,}")
_FEWEST_LEETED: Final = 2
_HIDDEN: Final = re.compile("[\U000e0001-\U000e007f]{3,}|[\u202a-\u202e\u2066-\u2069]")


def injected(sample: Sample) -> Refused | None:
    """Return which instruction to a machine a sample holds; None if there is none that is known.

    The instruction and all answers are looked at, and what an author quotes counts too: a model that is trained on it
    learns it.
    """
    for text in (sample.instruction, *sample.answers):
        found = _found_in(text)
        if found:
            return Refused(RejectionReason.INJECTED, f"It holds {found}, allowed are 0 instructions to a machine.")
    return None


def _found_in(text: str) -> str | None:
    visible = visible_text(text)
    if _HIDDEN.search(text) and visible.stripped:
        return f"{visible.stripped} characters that no reader sees"
    for disguise, reading in _readings(visible.text):
        for rule in RULES:
            match = rule.search(reading)
            if match:
                return f'"{shortened(match)}"{disguise}'
    return None


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text without case, and without each disguise that it may wear, with the name of the disguise."""
    folded = normalized(text)
    yield "", folded
    if not folded.isascii():
        yield " in look-alike letters", folded.translate(_LOOKALIKES)
    if _SPACED.search(folded):
        yield " in spaced letters", " ".join(map(_closed_up, _GAP.split(folded)))
        yield " in spaced letters", _SPACED.sub(_parted, folded)
    if len(_LEETED.findall(folded)) >= _FEWEST_LEETED:
        yield " with digits for letters", folded.translate(_LEET)
    for match in _BASE64.finditer(text):
        decoded = _decoded(match[0])
        if decoded:
            yield " in Base64", normalized(decoded)


def _closed_up(text: str) -> str:
    return re.sub(r"[ ._*-]", "", text) if _SPELT.fullmatch(text) else text


def _parted(spaced: re.Match[str]) -> str:
    """Return letters in a row with spaces before and after the words that rules look for."""
    return _LOOKED_FOR.sub(r" \g<0> ", re.sub(r"[ ._*-]", "", spaced[0]))


def _decoded(text: str) -> str | None:
    """Return what a text says in Base64; None if it says nothing in letters."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded if decoded.isprintable() else None
