"""Chosen answers that are not what the author wrote."""

from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.gates.texts import plain_words, shortened, words
from llm_engineering.application.datasets.gates.verdicts import Refused
from llm_engineering.domain.samples import PreferenceSample, RejectionReason, Sample


class VerbatimGate:
    """Rejects preference samples whose chosen answer does not stand, word for word and in one piece, in their document.

    Case, punctuation, marks of Markdown and layout do not count, nor do the addresses of links. Samples that do not say
    what they were made of are looked for in all documents.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._joined: dict[int, tuple[str, str]] = {}

    def __call__(self, sample: Sample) -> Refused | None:
        """Return that an answer is not verbatim; None if it is."""
        if not isinstance(sample, PreferenceSample) or self.is_verbatim(sample):
            return None
        where = "its document" if sample.provenance else "any document"
        return Refused(
            RejectionReason.NOT_VERBATIM,
            f"Its chosen answer stands in 0 places of {where} word for word, needed is 1: "
            f'"{shortened(sample.chosen)}".',
        )

    def is_verbatim(self, sample: PreferenceSample) -> bool:
        """Return whether a chosen answer stands in its document, or in any if it does not say which."""
        own = self._sources.document_text(sample)
        if sample.provenance is not None:
            return own is not None and self._stands_in(sample.chosen, own)
        return any(self._stands_in(sample.chosen, document.text) for document in self._sources.whole_documents)

    def _stands_in(self, text: str, document: str) -> bool:
        key = id(document)  # documents outlive the gate
        if key not in self._joined:
            self._joined[key] = (_joined(words(document)), _joined(plain_words(document)))
        with_addresses, plain = self._joined[key]
        if not words(text):
            return False
        return _joined(words(text)) in with_addresses or _joined(plain_words(text)) in plain


def _joined(of_words: list[str]) -> str:
    return f" {' '.join(of_words)} "
