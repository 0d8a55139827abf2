"""Whether a question that a language model wrote can measure a search."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.evaluate.excerpts import Excerpt, plain
from llm_engineering.domain.models import FrozenModel

MIN_CHARACTERS: Final = 8
MAX_CHARACTERS: Final = 250
COPIED_WORDS: Final = 5
"""Words in a row that question and passage have in common, from which on the question was copied and not asked."""

_QUESTION_MARKS: Final = ("?", "\uff1f", "\u061f", "\u055e", "\u1367", "\u037e")
"""Also in full width, and of Arabic, Armenian, Ethiopic and Greek."""
_WORD: Final = re.compile(r"[^\W_]+")
_NAMINGS: Final = (
    ("the|this|that", "text|passage|excerpt|paragraph|snippet|article|author"),
    (
        "de[rmns]|die|das|im|diese[rsmn]?",
        "text(?:es)?|passage|auszug|abschnitts?|absatz(?:es)?|artikels?|autor(?:s|in)?",
    ),
    ("le|la|du|au|ce|cette", "texte|passage|extrait|paragraphe"),
    ("el|la|del|este|esta", "texto|pasaje|fragmento|artículo|autora?|párrafo"),
    ("il|nel|del|questo", "testo|brano|paragrafo"),
    ("[oa]|n[oa]|d[oa]|n?est[ea]", "texto|trecho|artigo|autora?|parágrafo"),
    ("de|het|deze|dit", "tekst|passage|alinea|artikel|auteur"),
)
"""How English, German, French, Spanish, Italian, Portuguese and Dutch speak of a text that lies before the reader."""
_NAMES_THE_PASSAGE: Final = re.compile(
    "|".join(rf"\b(?:{articles})\s+(?:{nouns})\b" for articles, nouns in _NAMINGS)
    + r"|\b(?:l|cet |dell|nell)['\u2019]?(?:article|auteur|articolo|autore)\b"
    + r"|\b(?:given|mentioned|described|stated|provided) (?:above|here|text|passage)\b",
    re.IGNORECASE,
)


class WrittenReply(FrozenModel):
    """What a model is to reply."""

    question: str
    """Empty if the passage answers none that somebody would ask."""
    answer: str
    """Words of the passage."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a reply is no golden question."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class QuestionChecks:
    """Rules that need nobody's judgement; what passes them may still be a poor question."""

    language_of: Callable[[str], str | None]
    """Returns the language of a text as ISO 639-1, or None where that is not sure."""

    def passage_language(self, passage: Excerpt) -> str | None:
        """Return in which language a passage is, or None if that is not sure."""
        return self.language_of(plain(passage.text))

    def fault(self, reply: WrittenReply, passage: Excerpt) -> Fault | None:
        """Return the first rule that a reply breaks, or None."""
        question = reply.question.strip()
        if not question:
            return Fault("nothing_to_ask", "The model found nothing that somebody would ask.")
        rules = (_form_fault, _quote_fault, _naming_fault, _copy_fault, self._language_fault)
        found = (rule(question, reply.answer, passage) for rule in rules)
        return next((fault for fault in found if fault is not None), None)

    def _language_fault(self, question: str, _: str, passage: Excerpt) -> Fault | None:
        asked, written = self.language_of(question), self.passage_language(passage)
        if asked is None or written is None or asked == written:
            return None
        return Fault("other_language", f"The passage is in {written!r}, the question in {asked!r}.")


def as_it_stands(quote: str, passage: str) -> str | None:
    """Return the words of a passage that a quote names, or None if they do not stand there.

    Only white space may differ, because a passage has line breaks where a reply has none, and the marks of Markdown,
    which some models leave out.
    """
    words = quote.split()
    pattern = r"\s+".join(map(re.escape, words))
    found = (re.search(pattern, passage) or re.search(pattern, plain(passage))) if words else None
    return found[0] if found else None


def _form_fault(question: str, _: str, __: Excerpt) -> Fault | None:
    if not question.endswith(_QUESTION_MARKS) or "\n" in question:
        return Fault("no_question", "It is not one line that ends with a question mark.")
    if not MIN_CHARACTERS <= len(question) <= MAX_CHARACTERS:
        detail = f"It has {len(question)} characters and not {MIN_CHARACTERS} to {MAX_CHARACTERS}."
        return Fault("no_question", detail)
    return None


def _quote_fault(_: str, quote: str, passage: Excerpt) -> Fault | None:
    if as_it_stands(quote, passage.text) is None:
        return Fault("answer_not_in_passage", f"The passage does not have the words {quote[:100]!r}.")
    return None


def _naming_fault(question: str, _: str, __: Excerpt) -> Fault | None:
    found = _NAMES_THE_PASSAGE.search(question)
    return Fault("names_the_passage", f"It says {found[0]!r}, which nobody has who searches.") if found else None


def _copy_fault(question: str, _: str, passage: Excerpt) -> Fault | None:
    common = _runs(question) & _runs(plain(passage.text))
    if not common:
        return None
    return Fault("copied", f"It has {COPIED_WORDS} words in a row of the passage: {' '.join(min(common))!r}.")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[start : start + COPIED_WORDS]) for start in range(len(words) - COPIED_WORDS + 1)}
