"""Questions from words in a row that stand in one paragraph and nowhere else."""

import re
from collections.abc import Iterator, Sequence
from math import prod
from typing import Final

from llm_engineering.application.evaluate.candidates import Candidate, Wording, answer
from llm_engineering.application.evaluate.excerpts import Excerpt, paragraphs, plain
from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.application.evaluate.likeness import LikeExcerpts
from llm_engineering.domain.documents import CleanedDocument

PHRASE_WORDS: Final = 3
MIN_PARAGRAPH_WORDS: Final = 20
MAX_PLACES: Final = 3
"""Places at which a paragraph may stand; what stands at more is furniture of pages, such as a cookie notice."""
MIN_DOCUMENTS: Final = 2
"""Documents in which each word of a phrase stands: a slip of the pen is rare too, but nobody looks for it."""

_WORD: Final = re.compile(r"(?<!\w)[^\W\d_]{3,}(?!\w)")


def phrase_questions(documents: Sequence[CleanedDocument], wording: Wording) -> Iterator[Candidate]:
    """Yield one question for each paragraph that has three neighbouring words which stand together nowhere else.

    None of the words is a stop word, and each stands in at least two documents. Of several such phrases of a
    paragraph the one is taken whose words stand in the fewest documents. Paragraphs that say nearly the same count
    as one.
    """
    found = [paragraph for document in documents for paragraph in paragraphs(document)]
    like = LikeExcerpts(found)
    phrases = [_phrases(paragraph, wording) for paragraph in found]
    places: dict[tuple[int, ...], list[int]] = {}
    holders: dict[int, set[str]] = {}
    for place, (paragraph, texts) in enumerate(zip(found, phrases, strict=True)):
        for stem in set(wording.stems(plain(paragraph.text))):
            holders.setdefault(stem, set()).add(paragraph.document.provenance.document_id)
        for stems in texts:
            places.setdefault(stems, []).append(place)
    for place, paragraph in enumerate(found):
        group = like.like(paragraph)
        if group[0] != paragraph or len(group) > MAX_PLACES or like.words(paragraph) < MIN_PARAGRAPH_WORDS:
            continue
        unique = [
            (prod(len(holders[stem]) for stem in stems), text)
            for stems, text in phrases[place].items()
            if all(found[other] in group for other in places[stems])
            and all(len(holders[stem]) >= MIN_DOCUMENTS for stem in stems)
        ]
        if unique:
            yield Candidate(QuestionKind.PHRASE, min(unique)[1], paragraph, (answer(group),))


def _phrases(paragraph: Excerpt, wording: Wording) -> dict[tuple[int, ...], str]:
    """Return the runs of three neighbouring words of a paragraph by their stems."""
    text = plain(paragraph.text)
    runs: dict[tuple[int, ...], str] = {}
    for run in _runs(text):
        for start in range(len(run) - PHRASE_WORDS + 1):
            phrase = " ".join(run[start : start + PHRASE_WORDS])
            stems = wording.stems(phrase)
            if len(set(stems)) == PHRASE_WORDS:
                runs.setdefault(stems, phrase)
    return runs


def _runs(text: str) -> Iterator[list[str]]:
    """Yield the words of a text that only single spaces stand between, run by run."""
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        if run and text[end : match.start()] != " ":
            yield run
            run = []
        run.append(match.group())
        end = match.end()
    yield run
