"""Secrets in texts, by the detectors of detect-secrets.

They are asked line by line, without the library's scanner, whose settings are global to a process. The detectors that
know a secret by its entropy alone are left out: articles are full of hashes and identifiers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from llm_engineering.application.datasets.detectors import Finding
from llm_engineering.infrastructure.datasets.detectors import DatasetsExtraMissingError

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

_NOT_USED: Final = frozenset({"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"})
_KEYWORD: Final = "KeywordDetector"
_PLACEHOLDER: Final = re.compile(
    r"(?i)your|example|placeholder|changeme|dummy|sample|secret|password|passwd|token|key|xxx|\*{3}|\.{3}|<|>|\$|\{|\}|"
    r"\(|\)|\[|\]|os\.|env|none|null|true|false|test|foo|bar|admin|user|\s|/|self\."
)
_HINT: Final = re.compile(r"[\w+/=.-]{16}|://[^/\s]*@|(?i:pass|pwd|secret|key|token|contrase|-----begin)")
"""What each detector needs: a long run of such signs, a name in an address, or a word for what is secret."""
_FEWEST_CHARACTERS: Final = 8


class SecretDetector:
    """Finds keys, tokens and passwords.

    Raises:
        DatasetsExtraMissingError: detect-secrets is not installed.
    """

    def __init__(self) -> None:
        self._plugins = _plugins()

    def findings(self, text: str) -> Sequence[Finding]:
        """Return the secrets of a text, in its order; placeholders such as "your-key" are none."""
        found: dict[tuple[int, int], Finding] = {}
        start = 0
        for line in text.splitlines(keepends=True):
            for kind, secret in self._in_line(line) if _HINT.search(line) else ():
                place = line.find(secret)
                if place >= 0:
                    span = (start + place, start + place + len(secret))
                    found.setdefault(span, Finding(kind, *span))
            start += len(line)
        return _apart(sorted(found.values(), key=lambda finding: (finding.start, -finding.end)))

    def _in_line(self, line: str) -> Iterator[tuple[str, str]]:
        for plugin in self._plugins:
            for secret in plugin.analyze_string(line):
                if type(plugin).__name__ != _KEYWORD or _is_likely(secret):
                    yield plugin.secret_type.lower(), secret


def _is_likely(secret: str) -> bool:
    """Whether what stands behind "password =" is one: not a word, a placeholder or an expression."""
    from detect_secrets.filters import heuristic

    return (
        len(secret) >= _FEWEST_CHARACTERS
        and not _PLACEHOLDER.search(secret)
        and any(map(str.isdigit, secret))
        and any(map(str.isalpha, secret))
        and not heuristic.is_sequential_string(secret)
        and not heuristic.is_potential_uuid(secret)
    )


def _apart(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those that overlap one before them."""
    kept: list[Finding] = []
    for finding in findings:
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
    return kept


def _plugins() -> tuple["BasePlugin", ...]:
    try:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.plugins.base import BasePlugin
    except ImportError as error:
        raise DatasetsExtraMissingError("detect-secrets") from error
    types: Iterable[type[BasePlugin]] = get_mapping_from_secret_type_to_class().values()
    return tuple(plugin() for plugin in types if plugin.__name__ not in _NOT_USED)
