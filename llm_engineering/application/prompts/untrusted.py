"""Texts of others inside prompts: they are data, and nothing in them may look like the prompt itself.

A prompt puts such a text between tags of its own, as in <passage>. A text that held `</passage>` could end the data and
go on as if it were the prompt; one that held `<|im_start|>system` could open a new message on a server that reads such
tokens out of texts. `escaped` turns the first character of all that into an HTML character reference: a model still
reads what was written, and nothing else of the text changes.
"""

import re
from typing import Final

FENCES: Final = ("passage", "question", "source_text", "partial_summar")
"""How the names of the tags begin that prompts put around data."""

_INVISIBLE: Final = r"[\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]*+"
_LESS_THAN: Final = "<\uff1c\ufe64\u2039\u3008\u27e8"
_SLASHES: Final = "/\uff0f\u2044\u2215"
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES: Final = {
    "a": "\u0430\u0251", "c": "\u0441", "e": "\u0435", "g": "\u0261", "i": "\u0456", "l": "\u04cf\u0131", "m": "\u043c",
    "n": "\u0578", "o": "\u043e\u03bf", "p": "\u0440\u03c1", "q": "\u051b", "r": "\u0433", "s": "\u0455", "t": "\u0442",
    "u": "\u057d\u03c5", "x": "\u0445", "_": "\uff3f",
}  # fmt: skip
_TOKENS: Final = (
    r"(?:s|bos|eos|unk|pad|mask|cls|sep|start_of_turn|end_of_turn|start_of_image|end_of_image|extra_id_\d+|think|"
    r"tool_call|tool_response|tools)>"
)
_BRACKETED: Final = (
    r"(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|gMASK|sMASK|IMG|CLS|SEP)\]"
)
_HEADS: Final = r"\#{0,3}[ \t]*+(?:Instruction|Response|Input|System|User|Assistant|Human)s?[ \t]*+:"


def _letter(letter: str) -> str:
    """Return a class of the characters that a reader takes for a letter of a tag."""
    wide = "".join(chr(ord(each) + 0xFEE0) for each in (letter, letter.upper()) if each.isalpha())
    return f"[{letter}{wide}{_LOOKALIKES.get(letter, '')}]"


def _fence(name: str) -> str:
    return _INVISIBLE.join(_letter(letter) for letter in name)


_RISKY: Final = re.compile(
    rf"""
      [{_LESS_THAN}](?={_INVISIBLE}(?:[{_SLASHES}]{_INVISIBLE})?(?:{"|".join(map(_fence, FENCES))}))  # our own tags
    | <(?=[|\uff5c][^<>\r\n]{{1,64}}[|\uff5c]>)           # <|im_start|>, <|eot_id|> and their like
    | <(?=/?{_TOKENS})                                     # </s>, <start_of_turn>
    | <(?=</?SYS>>)                                        # <<SYS>>
    | \[(?=/?{_BRACKETED})                                 # [INST]
    | (?:^|(?<=[\r\v\f\x85\u2028\u2029]))[ \t]*+\#(?={_HEADS})  # "### Instruction:" at the beginning of a line
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_REFERENCES: Final = {"<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escaped(text: str) -> str:
    """Return a text in which nothing looks like a tag of a prompt or a control token of a model.

    Only the first character of what does is replaced, by the HTML character reference that stands for it, so
    `html.unescape` reads both texts alike. Tags are recognized with spaces and invisible characters in between, in any
    case, in full width and with the Cyrillic and Greek letters that look alike. Other markup is code and stays as it
    is. Escaping twice changes nothing more.
    """
    return _RISKY.sub(lambda found: found[0][:-1] + _reference(found[0][-1]), text)


def _reference(character: str) -> str:
    return _REFERENCES.get(character, f"&#{ord(character)};")


def escaped_line(text: str, *, max_characters: int = 200) -> str:
    """Return a text as one line that may stand in an attribute or a sentence: a title, a name.

    White space is joined to single spaces, quotation marks and angle brackets become references, and what is longer
    than `max_characters` ends with an ellipsis.
    """
    line = " ".join(text.split())
    line = line if len(line) <= max_characters else line[: max_characters - 1].rstrip() + "…"
    return escaped(re.sub('[<>"]', lambda found: _reference(found[0]), line))
