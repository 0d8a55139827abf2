"""Instructions without a language model: the author's headings and terms in questions of many forms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Final, NamedTuple

from llm_engineering.application.datasets.question_forms import FORMS, NEUTRAL, QuestionForms
from llm_engineering.application.datasets.subjects import Subjects
from llm_engineering.application.evaluate.excerpts import plain
from llm_engineering.domain.samples import Extract

LanguageOf = Callable[[str], str | None]
"""Returns the language of a text as ISO 639-1, or None where that is not sure."""
_TRIED_TERMS: Final = 12
_CODE_LETTERS: Final = 2
_MARKDOWN: Final = "md"
"""No language of ISO 639-1."""


class Question(NamedTuple):
    """An instruction and what it was made of."""

    text: str
    form: str
    """With the places of topic and term."""
    subject: str
    """What it asks about, in the author's words: the topic, else the term."""
    language: str | None


@dataclass(frozen=True, slots=True)
class _Subject:
    topic: str | None
    term: str | None
    is_question: bool


class Questions:
    """Asks about extracts, never the same twice.

    Which form a question has follows from the hash of its extract. Two questions with the same telling words, in
    whatever order and form, are the same.

    Args:
        subjects: Finds what an extract is about.
        language_of: Tells in which language to ask.
    """

    def __init__(self, subjects: Subjects, language_of: LanguageOf) -> None:
        self._subjects = subjects
        self._language_of = language_of
        self._asked: set[frozenset[int]] = set()

    def question(self, extract: Extract) -> Question | None:
        """Return a question that the extract answers; None if all that could be asked was asked before."""
        language = extract_language(extract, self._language_of)
        forms = FORMS.get(language or "", NEUTRAL)
        for subject in self._found(extract):
            key = self._subjects.key(f"{subject.topic or ''} {subject.term or ''}")
            if key not in self._asked:
                self._asked.add(key)
                form = _form(forms, subject, extract)
                return Question(_filled(form, forms, subject), form, subject.topic or subject.term or "", language)
        return None

    def _found(self, extract: Extract) -> Iterator[_Subject]:
        topic = self._subjects.topic(extract)
        terms = self._subjects.terms(extract, topic)[:_TRIED_TERMS]
        is_question = (topic or "").endswith("?")
        if topic:
            yield _Subject(topic, None, is_question)
        yield from (_Subject(topic, term, is_question) for term in terms)
        # A section of many extracts on one thing: two terms at a time.
        yield from (
            _Subject(topic, f"{one} / {other}", is_question) for one, other in product(terms, terms) if one < other
        )


def extract_language(extract: Extract, language_of: LanguageOf) -> str | None:
    """Return the language of an extract as ISO 639-1: what its document states, else what it seems to be in.

    None where neither is a natural language: documents of repositories state "markdown", and what is mostly code or
    numbers seems to be in none.
    """
    stated = (extract.provenance.language or "").partition("-")[0].lower()
    if _is_code(stated):
        return stated
    told = language_of(plain(extract.text))
    return told if told and _is_code(told) else None


def _is_code(language: str) -> bool:
    return len(language) == _CODE_LETTERS and language.isalpha() and language != _MARKDOWN


def _form(forms: QuestionForms, subject: _Subject, extract: Extract) -> str:
    if subject.is_question and subject.topic:
        return "{topic}" if subject.term is None else f"{{topic}} {_chosen(forms.more, extract)}"
    if subject.topic is None:
        return _chosen(forms.about_term, extract)
    return _chosen(forms.about_topic if subject.term is None else forms.about_both, extract)


def _filled(form: str, forms: QuestionForms, subject: _Subject) -> str:
    opening, closing = forms.quotes
    quoted = {
        "topic": subject.topic or "" if subject.is_question else f"{opening}{_unquoted(subject.topic or '')}{closing}",
        "term": f"{opening}{_unquoted(subject.term or '')}{closing}",
    }
    return form.format(**quoted)


def _unquoted(words: str) -> str:
    return words.translate({ord(sign): "'" for sign in '"„“”«»'}).strip()


def _chosen(forms: tuple[str, ...], extract: Extract) -> str:
    digest = sha256(f"{extract.extract_hash}{extract.start}".encode()).digest()
    return forms[int.from_bytes(digest[:4], "big") % len(forms)]
