"""Personal data in texts, by the pattern recognizers of presidio-analyzer.

They are used one by one, without presidio's engine: that wants a language model of spaCy, which would have to be
downloaded. Names of people are not looked for: the texts are signed by their authors and speak of others in public.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llm_engineering.application.datasets.detectors import Finding
from llm_engineering.infrastructure.datasets.detectors import DatasetsExtraMissingError

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

_EXAMPLES: Final = re.compile(
    r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net|edu)|test|example|invalid|localhost)\Z", re.IGNORECASE
)
"""Domains that RFC 2606 keeps for examples."""
_STRICT_GROUPING: Final = 2
"""Of phonenumbers.Leniency: digits stand in the groups of their country, so that figures are no numbers."""
_PHONE_REGIONS: Final = ("US", "GB", "DE", "FR", "IN")
"""Where numbers without a country code are understood; with one they are everywhere."""
_PHONE_SIGNS: Final = re.compile(r"(?<![\w.])\+\d|\(\d{2,5}\)|\d{2,5}[ .-]\d{2,5}[ .-]\d{2,5}")
_LEAST_SCORE: Final = 0.3
"""Of what cannot be proven by a check sum, such as nine digits that may be a number of the US social security."""


class PersonalDataDetector:
    """Finds e-mail addresses, telephone numbers, numbers of cards, accounts and social security, and wallets.

    Raises:
        DatasetsExtraMissingError: presidio-analyzer is not installed.
    """

    def __init__(self) -> None:
        self._recognizers = _recognizers()

    def findings(self, text: str) -> Sequence[Finding]:
        """Return the personal data of a text, in its order."""
        found = [
            Finding(kind, result.start, result.end)
            for kind, (recognizer, hint) in self._recognizers.items()
            if hint.search(text)
            for result in recognizer.analyze(text, recognizer.supported_entities)
            if result.score >= _LEAST_SCORE and not _EXAMPLES.search(text[result.start : result.end])
        ]
        return sorted(found, key=lambda finding: finding.start)


def _recognizers() -> dict[str, tuple["PatternRecognizer | PhoneRecognizer", re.Pattern[str]]]:
    """Return the recognizers by the name of what they find, each with a sign that texts without it have nothing."""
    try:
        from presidio_analyzer import predefined_recognizers as presidio
    except ImportError as error:
        raise DatasetsExtraMissingError("presidio-analyzer") from error
    return {
        "email": (_email_recognizer(), re.compile("@")),
        "phone": (
            presidio.PhoneRecognizer(supported_regions=_PHONE_REGIONS, leniency=_STRICT_GROUPING),
            _PHONE_SIGNS,
        ),
        "credit card": (presidio.CreditCardRecognizer(), re.compile(r"\d{4}")),
        "iban": (presidio.IbanRecognizer(), re.compile(r"[A-Z]{2}\d{2}", re.IGNORECASE)),
        "us ssn": (presidio.UsSsnRecognizer(), re.compile(r"\d{3}[ .-]\d{2}[ .-]\d{4}")),
        "crypto wallet": (presidio.CryptoRecognizer(), re.compile(r"[a-zA-Z0-9]{26}")),
    }


def _email_recognizer() -> "PatternRecognizer":
    import tldextract
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    # Presidio asks tldextract, which would download its list of suffixes; the one that it brings is enough.
    known = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class OfflineEmailRecognizer(EmailRecognizer):
        """Checks the domain of an address without a network."""

        def validate_result(self, pattern_text: str) -> bool:
            """Return whether an address has a domain that could be there."""
            return known(pattern_text).fqdn != ""

    return OfflineEmailRecognizer()
