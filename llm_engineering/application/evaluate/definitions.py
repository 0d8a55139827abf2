"""Questions from sentences that say what something is."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from llm_engineering.application.evaluate.candidates import Candidate, Wording, answer, clusters, dropped
from llm_engineering.application.evaluate.excerpts import Excerpt, paragraphs, plain, sections
from llm_engineering.application.evaluate.golden import Answer, QuestionKind
from llm_engineering.application.evaluate.headings import MIN_WORDS
from llm_engineering.application.evaluate.likeness import LikeExcerpts
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.outcomes import Dropped

MAX_ANSWERS: Final = 3
"""Different paragraphs that may define a term; what is defined more often is a common word."""
_LANGUAGES: Final = {None, "en"}

_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+(?=[\"“(A-Z])")
_DEFINITION: Final = re.compile(
    r"(?:An? )?(?P<term>[A-Za-z][\w.+#/-]*(?: [\w.+#/-]+){0,3}?)(?: \([A-Z][\w-]*\))? "
    r"(?P<verb>is|are|refers? to|stands? for) "
    r"(?:an? |one of |the (?:process|task|technique|practice|ability) ).{25,}"
)
_LISTED: Final = """
a additionally after all also an and another any anyone anything as at because before both but by considering during
each either else even every everyone everything finally first for four from furthermore given he hence her here his
how however i if in instead it its last lastly let like many moreover most much my neither next no nobody none not
note nothing now on once one only or other otherwise our over second she since so some somebody someone something
sometimes still such that the their them then there therefore these they third this those though three thus to today
two under unlike until using we what whatever when where whether which while who whose why with within without yet
you your
"""
_NO_TERMS: Final = frozenset(_LISTED.split())
"""Words that point to something else in the text, or join parts of a sentence: no term has them."""


def definition_questions(documents: Sequence[CleanedDocument], wording: Wording) -> Iterator[Candidate | Dropped]:
    """Yield "What is X?" for each English sentence "X is a ..." that begins with X.

    Paragraphs that define the same term are answers of grade 2, at most three; sections under the term as their
    heading are answers of grade 1.
    """
    texts = [document for document in documents if document.provenance.language in _LANGUAGES]
    found = [paragraph for document in texts for paragraph in paragraphs(document)]
    like, headed = LikeExcerpts(found), _Headed(texts, wording)
    groups: dict[frozenset[int], list[tuple[str, Excerpt]]] = {}
    for paragraph in found:
        for term, question in _definitions(paragraph):
            if stems := frozenset(wording.stems(term)):
                groups.setdefault(stems, []).append((question, paragraph))
    for stems, defined in groups.items():
        text, first = defined[0]
        answers = [answer(group) for group in clusters([paragraph for _, paragraph in defined], like)]
        if len(answers) > MAX_ANSWERS:
            detail = f"{len(answers)} paragraphs that differ say what it is."
            yield dropped(QuestionKind.DEFINITION, text, "ambiguous", detail, first)
        else:
            yield Candidate(QuestionKind.DEFINITION, text, first, (*answers, *headed.answers(stems, answers)))


def _definitions(paragraph: Excerpt) -> Iterator[tuple[str, str]]:
    """Yield each term that a sentence of a paragraph defines, with the question for it."""
    for sentence in _SENTENCE.split(plain(paragraph.text)):
        match = _DEFINITION.match(sentence)
        if match and _NO_TERMS.isdisjoint(match["term"].lower().split()):
            verb = "are" if match["verb"] in {"are", "refer to", "stand for"} else "is"
            yield match["term"], f"What {verb} {match['term']}?"


class _Headed:
    """The sections by the words of their headings."""

    def __init__(self, documents: Sequence[CleanedDocument], wording: Wording) -> None:
        found = [section for document in documents for section in sections(document)]
        self._like = LikeExcerpts(found)
        self._sections: dict[frozenset[int], list[Excerpt]] = {}
        for section in found:
            if self._like.words(section) >= MIN_WORDS:
                self._sections.setdefault(frozenset(wording.stems(section.heading)), []).append(section)

    def answers(self, stems: frozenset[int], known: Sequence[Answer]) -> Iterator[Answer]:
        """Yield the sections under some words as answers of grade 1, without those that hold a known answer."""
        places = [place for each in known for place in each.places]
        for group in clusters(self._sections.get(stems, ()), self._like):
            found = answer(group, grade=1)
            if not any(one.covers(other.document_id, other.span) for one in found.places for other in places):
                yield found
