"""Questions from headings and titles."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from llm_engineering.application.evaluate.candidates import Candidate, Wording, answer, clusters, dropped
from llm_engineering.application.evaluate.excerpts import Excerpt, plain, sections, whole
from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.application.evaluate.likeness import LikeExcerpts
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.outcomes import Dropped

MIN_WORDS: Final = 30
"""Words of a section below which it only announces something: a link to another article, a picture."""
MIN_STEMS: Final = 2
MAX_WORDS: Final = 15

_SIGNS: Final = re.compile(r"^[^\w\"'“(]+|[^\w?!.\"'”)]+$")
_NUMBERING: Final = re.compile(
    r"^(?:(?:step|part|lesson|chapter|section|module|week|day|tip|rule|idea)\s+)?"
    r"(?:\d+(?:\.\d+)*\s*[.):]|\d+(?:\.\d+)+|[ivx]+\s*[.):]|\d\ufe0f?\u20e3)\s+",
    re.IGNORECASE,
)
_QUESTION_WORD: Final = re.compile(
    r"(?:how|what|why|when|where|which|who|whose|can|could|should|do|does|did|is|are|will)\b", re.IGNORECASE
)
_STATED_HOW: Final = re.compile(r"(?i:how|what|when|where|which|why)\s+(?:I|we|you)\b")
_ASKS_FOR_ONE: Final = re.compile(r"(?:how|what|why)\b", re.IGNORECASE)
"""Questions that one telling word is enough for: "Why Qdrant?"."""
_WRAPPED_CHARACTERS: Final = 60
"""Length from which on a heading with text right below it was cut by a line break."""
_LISTED: Final = """
about acknowledgements acknowledgments appendix article articles author background bonus chapter comments conclusion
conclusions content contents discussion extra final further goal happens images intro introduction key lesson
lessons links more next notes outlook overview part post posts previous reading recap references related resources
results section sections share so step steps summary table takeaways thoughts topics week words
"""
GENERIC_WORDS: Final = frozenset(_LISTED.split())
"""Words of headings that stand in any text and ask nothing."""


def heading_questions(documents: Sequence[CleanedDocument], wording: Wording) -> Iterator[Candidate | Dropped]:
    """Yield a question for each heading that names the subject of its section.

    The section has at least 30 words. The heading has no numbering any more and, if it asks something, a question
    mark. It is left out if it is the name of the author, is cut off, consists of words that stand in any text, says
    nothing that the title of a document does not say, or stands over different sections.
    """
    found = [section for document in documents for section in sections(document)]
    like, titles = LikeExcerpts(found), _Titles(documents, wording)
    groups: dict[str, list[Excerpt]] = {}
    for section in found:
        if like.words(section) >= MIN_WORDS:
            groups.setdefault(asked(section.heading).casefold(), []).append(section)
    for same in groups.values():
        text = asked(same[0].heading)
        if fault := _heading_fault(text, same[0], wording, titles):
            yield dropped(QuestionKind.HEADING, text, *fault, same[0])
            continue
        answers = [answer(group) for group in clusters(same, like)]
        if len(answers) > 1:
            detail = f"It stands over {len(answers)} sections that differ."
            yield dropped(QuestionKind.HEADING, text, "ambiguous", detail, same[0])
        else:
            yield Candidate(QuestionKind.HEADING, text, same[0], tuple(answers))


def title_questions(documents: Sequence[CleanedDocument], wording: Wording) -> Iterator[Candidate | Dropped]:
    """Yield a question for each title, without the name of the author, unless different documents have it.

    The document is an answer of grade 2, others whose titles have all its words are answers of grade 1.
    """
    found = [whole(document) for document in documents]
    like, titles = LikeExcerpts(found), _Titles(documents, wording)
    groups: dict[str, list[Excerpt]] = {}
    for excerpt in found:
        groups.setdefault(_title(excerpt.document).casefold(), []).append(excerpt)
    for same in groups.values():
        text = _title(same[0].document)
        answers = [answer(group) for group in clusters(same, like)]
        if len(set(wording.stems(text))) < MIN_STEMS:
            yield dropped(QuestionKind.TITLE, text, "generic", "It says too little.", same[0])
        elif len(answers) > 1:
            detail = f"{len(answers)} documents that differ have it."
            yield dropped(QuestionKind.TITLE, text, "ambiguous", detail, same[0])
        else:
            known = {place.document_id for place in answers[0].places}
            near = [each for each in titles.holding(text) if each.provenance.document_id not in known]
            also = (answer([whole(document)], grade=1) for document in near)
            yield Candidate(QuestionKind.TITLE, text, same[0], (*answers, *also))


def _heading_fault(text: str, section: Excerpt, wording: Wording, titles: "_Titles") -> tuple[str, str] | None:
    """Return reason and detail why a heading is no question, or None if it is one."""
    stems = set(wording.stems(text))
    words = (word for word in text.casefold().split() if word.strip(":,.!?…") not in GENERIC_WORDS)
    enough = 1 if _ASKS_FOR_ONE.match(text) else MIN_STEMS
    if len(stems) < enough or not wording.stems(" ".join(words)) or len(text.split()) > MAX_WORDS:
        return "generic", "It is too short, too long or stands in any text."
    if _is_wrapped(section) or (wording.ends_open(plain(section.heading)) and not text.endswith("?")):
        return "cut_off", "It breaks off in the middle."
    if stems <= set(wording.stems(section.document.provenance.author_full_name)):
        return "generic", "It is the author's name."
    if titles.holding(text):
        return "says_only_the_title", "All its words are in the title of a document."
    return None


def _is_wrapped(section: Excerpt) -> bool:
    first, _, rest = section.text.partition("\n")
    return len(first) > _WRAPPED_CHARACTERS and bool(rest.partition("\n")[0].strip())


class _Titles:
    """The documents by the words of their titles."""

    def __init__(self, documents: Sequence[CleanedDocument], wording: Wording) -> None:
        self._documents = documents
        self._wording = wording
        self._holders: dict[int, set[int]] = {}
        for place, document in enumerate(documents):
            for stem in wording.stems(document.provenance.title):
                self._holders.setdefault(stem, set()).add(place)

    def holding(self, text: str) -> list[CleanedDocument]:
        """Return the documents whose titles have all words of a text, in the order given at the start."""
        held = [self._holders.get(stem, set()) for stem in self._wording.stems(text)]
        return [self._documents[place] for place in sorted(set.intersection(*held))] if held else []


def asked(heading: str) -> str:
    """Return a heading without numbering and signs around it, and with a question mark if it asks something."""
    text = _SIGNS.sub("", _NUMBERING.sub("", _SIGNS.sub("", plain(heading))))
    asks = _QUESTION_WORD.match(text) and not _STATED_HOW.match(text)
    return f"{text.rstrip('.!')}?" if asks and not text.endswith("?") else text


def without_author(title: str, full_name: str) -> str:
    """Return a title without the author's name before or behind it, as web pages have it."""
    name = re.escape(full_name)
    return re.sub(rf"^{name}\s*[-|:·–—]\s*|\s*[-|:·–—]\s*(?:by\s+)?{name}$", "", title)  # noqa: RUF001


def _title(document: CleanedDocument) -> str:
    return without_author(plain(document.provenance.title), document.provenance.author_full_name)
