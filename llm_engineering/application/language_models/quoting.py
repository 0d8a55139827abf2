"""Answers without a language model: the best passages of the evidence, in the words of their author."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import fsum, log
from typing import Final

from llm_engineering.application.language_models.quotable import Block, Kind, blocks, sentences
from llm_engineering.application.language_models.tokens import counted_tokens
from llm_engineering.domain.language_models import Evidence

Stems = Callable[[str], Sequence[int]]
"""Returns numbers of the stems of a text's words in order, stop words left out."""

_Term = int | tuple[int, int]

MAX_QUOTES: Final = 5
MAX_QUOTES_PER_PASSAGE: Final = 2
WHOLE_SENTENCES: Final = 3
"""A paragraph of so many sentences is quoted whole, of a longer one so many neighbours."""
LEAST_SHARE: Final = 0.4
"""What scores less than this share of the best is left out: it would only make the answer longer."""
_PAIR_WEIGHT: Final = 0.5
"""Words that stand together in the question count for more where they stand together in the text, as in the index."""
_SATURATION: Final = 0.6
_LENGTH_WEIGHT: Final = 0.4
_RANK_WEIGHT: Final = 0.08
"""The first of the evidence was found to fit best, by more than words."""
_SAME_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage that is quoted: `evidence.text[start:end]`."""

    number: int
    """Of the evidence that it is from."""
    start: int
    end: int
    text: str
    """As its author wrote it."""
    marked: str
    """The same with its mark, as Markdown that stands by itself."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """What is quoted for a question, the best passage first."""

    quotes: tuple[Quote, ...]
    is_cut: bool
    """Whether more would have been quoted, had there been room."""

    @property
    def text(self) -> str:
        """All of them, with their marks."""
        return "\n\n".join(quote.marked for quote in self.quotes)


@dataclass(frozen=True, slots=True)
class _Candidate:
    evidence: Evidence
    rank: int
    block: Block
    start: int
    end: int
    stems: tuple[int, ...]

    @property
    def text(self) -> str:
        return self.evidence.text[self.start : self.end]


def quotes(question: str, evidence: Sequence[Evidence], stems: Stems, *, max_tokens: int) -> Quotes:
    """Return what of the evidence answers a question best.

    Scored are sentences and their neighbours, lists, tables and code blocks: by the question's words that they have,
    rare ones first, longer ones less. If none has any, the evidence was found by its meaning, and the first of it is
    quoted from the beginning.

    Args:
        question: What is asked.
        evidence: What may be quoted, the best first.
        stems: Of both.
        max_tokens: Most tokens of the text, as `counted_tokens` counts them. What does not fit is left out; if nothing
            fits, the best is cut.
    """
    asked = stems(question)
    candidates = [candidate for rank, each in enumerate(evidence) for candidate in _candidates(each, rank, stems)]
    scored = _scored(asked, candidates)
    wanted = _wanted(scored) if scored and scored[0][0] > 0 else _first(candidates)
    return _fitted(wanted, max_tokens)


def _candidates(evidence: Evidence, rank: int, stems: Stems) -> Iterator[_Candidate]:
    """Yield what can be quoted: blocks, and each three neighbouring sentences of long prose."""
    text = evidence.text
    for block in blocks(text):
        if block.kind is Kind.HEADING:
            continue
        parts = sentences(text, block) if block.kind is Kind.PROSE else []
        if len(parts) <= WHOLE_SENTENCES:
            yield _Candidate(evidence, rank, block, block.start, block.end, tuple(stems(text[block.start : block.end])))
            continue
        stemmed = [stems(text[start:end]) for start, end in parts]
        for first in range(len(parts) - WHOLE_SENTENCES + 1):
            after = first + WHOLE_SENTENCES
            words = tuple(chain.from_iterable(stemmed[first:after]))
            yield _Candidate(evidence, rank, block, parts[first][0], parts[after - 1][1], words)


def _scored(asked: Sequence[int], candidates: Sequence[_Candidate]) -> list[tuple[float, _Candidate]]:
    """Return the candidates with their scores, the best first."""
    words, pairs = set(asked), {_pair(pair) for pair in pairwise(asked)}
    found = [_found(words, pairs, candidate.stems) for candidate in candidates]
    counts = Counter(term for each in found for term in each)
    weights = {
        term: log(1 + len(candidates) / count) * (_PAIR_WEIGHT if isinstance(term, tuple) else 1)
        for term, count in counts.items()
    }
    average = max(sum(len(candidate.stems) for candidate in candidates) / max(len(candidates), 1), 1)
    scores = [
        fsum(weights[term] * _saturated(count) for term, count in each.items())  # the same in any order
        / (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * len(candidate.stems) / average)
        / (1 + _RANK_WEIGHT * candidate.rank)
        for each, candidate in zip(found, candidates, strict=True)
    ]
    # Sorting keeps the order of the evidence among equals.
    return sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])


def _found(words: set[int], pairs: set[tuple[int, int]], stems: Sequence[int]) -> dict[_Term, int]:
    """Return how often some stems have each of the question's words, and once each of its pairs that they have."""
    found: dict[_Term, int] = {word: stems.count(word) for word in words.intersection(stems)}
    if len(found) > 1:
        has = pairs.intersection(_pair(pair) for pair in pairwise(stems) if words.issuperset(pair))
        found.update(dict.fromkeys(has, 1))
    return found


def _saturated(count: int) -> float:
    """Return what a word counts for that occurs so often: 1 for once, below 1.6 for ever so often, as in BM25."""
    return count * (_SATURATION + 1) / (count + _SATURATION)


def _pair(stems: tuple[int, int]) -> tuple[int, int]:
    return (min(stems), max(stems))


def _wanted(scored: Sequence[tuple[float, _Candidate]]) -> list[_Candidate]:
    """Return what is worth quoting: good enough, from several passages, and nothing twice."""
    chosen: list[_Candidate] = []
    per_passage: Counter[int] = Counter()
    for score, candidate in scored:
        if score < LEAST_SHARE * scored[0][0] or len(chosen) == MAX_QUOTES:
            break
        number = candidate.evidence.number
        if per_passage[number] < MAX_QUOTES_PER_PASSAGE and not any(_is_same(candidate, other) for other in chosen):
            chosen.append(candidate)
            per_passage[number] += 1
    return chosen


def _first(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the beginnings of the first passages."""
    first: dict[int, _Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.rank, candidate)
    return [first[rank] for rank in sorted(first)][:MAX_QUOTES_PER_PASSAGE]


def _is_same(one: _Candidate, other: _Candidate) -> bool:
    if one.rank == other.rank:
        return one.start < other.end and other.start < one.end
    ones, others = set(one.stems), set(other.stems)
    return len(ones & others) >= _SAME_SHARE * max(len(ones | others), 1)


def _fitted(wanted: Sequence[_Candidate], max_tokens: int) -> Quotes:
    """Return the quotes that fit, those of one passage in the order in which they stand there."""
    left, is_cut = max_tokens, False
    kept: list[tuple[_Candidate, Quote]] = []
    for candidate in wanted:
        quote = _quote(candidate, candidate.end)
        tokens = counted_tokens(quote.marked)
        if tokens > left:
            is_cut = True
            continue
        left -= tokens
        kept.append((candidate, quote))
    if wanted and not kept:
        cut = _cut(wanted[0], max_tokens)
        return Quotes((cut,) if cut else (), is_cut=True)
    first_of: dict[int, int] = {}
    for place, (candidate, _) in enumerate(kept):
        first_of.setdefault(candidate.rank, place)
    kept.sort(key=lambda pair: (first_of[pair[0].rank], pair[0].start))
    return Quotes(tuple(quote for _, quote in kept), is_cut)


def _cut(candidate: _Candidate, max_tokens: int) -> Quote | None:
    """Return the longest beginning that fits, cut after a sentence, else a line, else a word; None if no word fits."""
    text = candidate.evidence.text
    for ends in _places_to_cut(text, candidate):
        fitting = bisect_right(ends, max_tokens, key=lambda end: counted_tokens(_quote(candidate, end).marked))
        if fitting:
            return _quote(candidate, ends[fitting - 1])
    return None


def _places_to_cut(text: str, candidate: _Candidate) -> Iterator[list[int]]:
    start, end = candidate.start, candidate.end
    if candidate.block.kind is Kind.PROSE:
        yield [after for _, after in sentences(text, Block(Kind.PROSE, start, end))]
    else:
        yield [place for place in range(start + 1, end) if text[place] == "\n"]
    yield [place for place in range(start + 1, end) if text[place].isspace() and not text[place - 1].isspace()]


def _quote(candidate: _Candidate, end: int) -> Quote:
    block, text = candidate.block, candidate.evidence.text[candidate.start : end]
    before = block.before if candidate.start == block.start else ""
    behind = block.behind if end == block.end else _missing_fence(before + text)
    whole = f"{before}{text}{behind}"
    last = whole.rsplit("\n", 1)[-1]
    # A mark on the last line of code or of a table would be a part of it.
    is_apart = block.kind in {Kind.CODE, Kind.TABLE} or last.lstrip().startswith(("```", "~~~"))
    space = "\n\n" if is_apart else " "
    number = candidate.evidence.number
    return Quote(number, candidate.start, end, text, f"{whole}{space}[{number}]")


def _missing_fence(text: str) -> str:
    """Return the fence that closes code which was cut."""
    fences = [line.strip() for line in text.split("\n") if line.lstrip().startswith(("```", "~~~"))]
    return f"\n{fences[-1][:3]}" if len(fences) % 2 else ""
