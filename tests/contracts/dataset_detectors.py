"""What every detector of the gates promises, as tests: a suite subclasses one of these and defines its fixtures."""

import pytest

from llm_engineering.application.datasets.detectors import LanguageDetector, TextDetector

ODD_TEXTS = ("", "\r\n\x0b\x0c\u2028", "\x00 \ud800 \U0001f680", "@ @@ +1 (23) = : '", "a" * 3000, "key: \"'`" * 20)


class TextDetectorContract:
    """Holds for everything that looks for something in a text."""

    @pytest.fixture
    def detector(self) -> TextDetector:
        raise NotImplementedError

    @pytest.fixture
    def found(self) -> str:
        """Return what the detector finds wherever it stands."""
        raise NotImplementedError

    def test_a_finding_is_where_it_stands(self, detector: TextDetector, found: str) -> None:
        text = f"Before it.\nHere: {found}\nAfter it."
        (finding,) = detector.findings(text)
        assert text[finding.start : finding.end] in found
        assert found in text[max(0, finding.start - len(found)) : finding.end + len(found)]
        assert finding.kind

    def test_a_plain_text_has_none(self, detector: TextDetector) -> None:
        assert list(detector.findings("The loom weaves patterns of silk.\n\nCards tell it how.")) == []
        assert list(detector.findings("")) == []

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_findings_are_in_order_and_inside_of_any_text(self, detector: TextDetector, found: str, text: str) -> None:
        whole = f"{text}{found}\n{text}\n{found}"
        findings = list(detector.findings(whole))
        assert findings == sorted(findings, key=lambda finding: finding.start)
        assert all(0 <= finding.start < finding.end <= len(whole) for finding in findings)


class LanguageDetectorContract:
    """Holds for everything that tells languages."""

    @pytest.fixture
    def detector(self) -> LanguageDetector:
        raise NotImplementedError

    def test_languages_are_told_apart(self, detector: LanguageDetector) -> None:
        assert detector.language("The loom weaves patterns of silk for the mills of the city.") == "en"
        assert detector.language("Der Webstuhl webt täglich schöne Muster für die Häuser der Straße.") == "de"

    def test_the_likeliest_language_is_the_most_probable_one(self, detector: LanguageDetector) -> None:
        text = "Der Webstuhl webt täglich schöne Muster für die Häuser der Straße."
        found = detector.probabilities(text)
        assert max(found, key=lambda language: found[language]) == detector.language(text)
        assert all(0 <= probability <= 1 for probability in found.values())

    @pytest.mark.parametrize("text", ["", "12 + 3 = 15", "..."])
    def test_what_has_no_letters_is_in_none(self, detector: LanguageDetector, text: str) -> None:
        assert detector.language(text) is None
        assert dict(detector.probabilities(text)) == {}
