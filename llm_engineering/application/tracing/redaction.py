"""Keeps secrets out of what is recorded."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pydantic import SecretStr

REDACTED: Final = "[redacted]"

_SECRET_NAME: Final = re.compile(
    r"(^|[_-])(api[_-]?key|access[_-]?key|private[_-]?key|token|password|passwd|passphrase|secret|authorization|cookie|"
    r"credentials?)$",
    re.IGNORECASE,
)
_USER_INFO: Final = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*@")
"""The name and password of an address (RFC 3986, 3.2.1)."""
_BEARER: Final = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_KNOWN_SHAPES: Final = re.compile(
    r"\b(sk-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16})\b"
)
"""Keys of OpenAI and those who imitate it, of Hugging Face, GitHub and AWS."""
_STARTS: Final = re.compile(r"sk-|hf_|gh[pousr]_|AKIA")
_SHORTEST: Final = 6
"""A shorter secret would be found in innocent words."""
_SHORT: Final = 100
"""Texts up to this length are remembered."""


class Redactor:
    """Takes secrets out of texts: those that are set, and what looks like one.

    Args:
        secrets: What must not be recorded, wherever it stands.
    """

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        values = {secret.get_secret_value() for secret in secrets}
        # The longest first: one may be a part of another.
        known = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        # The names of fields, links, titles and authors come again and again.
        self.name = lru_cache(maxsize=4096)(self._name)
        """Returns a name of a field without secrets, at most 200 characters."""
        self._short = lru_cache(maxsize=4096)(self._clean)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        return self._short(text) if len(text) <= _SHORT else self._clean(text)

    def _clean(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        if "://" in text:
            text = _USER_INFO.sub(f"{REDACTED}@", text)
        # Looking for a word first is a hundred times faster than the patterns, and most texts have none.
        lower = text.lower()
        if "bearer" in lower or "basic" in lower:
            text = _BEARER.sub(rf"\1 {REDACTED}", text)
        if _STARTS.search(text):
            text = _KNOWN_SHAPES.sub(REDACTED, text)
        return text

    def _name(self, name: str) -> str:
        return self.text(name)[:200]


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what a field of such a name holds is a secret, e.g. "api_key"; counts such as "max_tokens" are none."""
    return _SECRET_NAME.search(name) is not None
