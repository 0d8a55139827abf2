"""How likely it is that a text sounds like an author, against other authors; no language model takes part.

Each piece of about 100 words becomes z scores of how often traits stand in it, as in Burrows's Delta (J. Burrows,
"'Delta': a measure of stylistic difference", Literary and Linguistic Computing 17, 2002). Pieces are compared by the
cosine of these (P. Smith and W. Aldridge, 2011; S. Evert et al., "Understanding and explaining Delta measures for
authorship attribution", Digital Scholarship in the Humanities 32, 2017), the mean over four families of traits, in
which letters of words that may tell the subject are masked (E. Stamatatos, "Authorship attribution using text
distortion", EACL 2017). Ridge regression over the cosines gives each author a score, and gives exactly what it would be
with all of a document left out, without another fit (R. Rifkin and R. Lippert, "Notes on regularized least squares",
MIT, 2007). The scores of left-out documents make it a probability (`calibration`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.evaluate.style.calibration import (
    Array,
    calibration_bins,
    calibration_error,
    probabilities,
    sharpness,
)
from llm_engineering.application.evaluate.style.features import TOTAL, Counts, Family, counts
from llm_engineering.application.evaluate.style.prose import prose, sentences, words
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import counted
from llm_engineering.domain.suggestions import did_you_mean

PIECE_WORDS: Final = 100
FEWEST_WORDS: Final = 30
"""With fewer words of prose a text tells nothing about its author."""
FEWEST_DOCUMENTS: Final = 3
"""Of each author, so that two are left when one is held out."""
_MOST_TRAITS: Final = 500
_LARGEST_Z: Final = 3.0
_RIDGE: Final = 1e-3


class StyleUnknownError(InvalidInputError):
    """There is too little to tell authors apart by their style."""


class UnknownStyleAuthorError(InvalidInputError):
    """The style of an author is not known."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The style of {wanted!r:.80} is not known.{did_you_mean(wanted, known)}",
            remedy=f"Known are: {', '.join(known)}. An author needs {FEWEST_DOCUMENTS} documents of "
            f"{PIECE_WORDS} words of prose.",
        )
        self.wanted = wanted


class TooShortForStyleError(InvalidInputError):
    """A text has too few words of prose."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"{number} words of prose are too few to tell a style by.",
            remedy=f"Score texts of {FEWEST_WORDS} words or more; headings, code and quotes do not count.",
        )
        self.words = number


class CalibrationBin(FrozenModel):
    """Pieces that it is about as sure of, each scored by what the other documents taught."""

    sure: float
    """Mean probability of the author who is named."""
    right: float
    """Share of the pieces that are his."""
    pieces: int


class StyleFigures(FrozenModel):
    """How well styles are told apart, each document scored by what the others taught."""

    authors: Mapping[str, int]
    """Documents of each author that were used."""
    too_short: int
    """Documents that were not, for want of prose."""
    leave_one_out_accuracy: float
    """Share of the documents whose author got the highest score."""
    wrong: Mapping[str, int]
    """How many of the others each author has."""
    piece_accuracy: float
    """The same of pieces of about 100 words, which are as long as an answer."""
    calibration_error: float
    """Mean distance between how sure it is of pieces and how often it is right."""
    calibration: tuple[CalibrationBin, ...] = ()
    """The same by tenths of how sure it is, in ascending order."""


@dataclass(frozen=True, slots=True)
class _Trait:
    """The scale of one family."""

    columns: tuple[str, ...]
    mean: Array
    deviation: Array

    def units(self, pieces: Sequence[Mapping[str, int]]) -> Array:
        """Return the z scores of pieces, each row of length 1."""
        z = np.clip((_rates(pieces, self.columns) - self.mean) / self.deviation, -_LARGEST_Z, _LARGEST_Z)
        units: Array = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
        return units


@dataclass(frozen=True, slots=True)
class StyleModel:
    """Tells how much a text sounds like each of some authors."""

    authors: tuple[str, ...]
    figures: StyleFigures
    _traits: Mapping[Family, _Trait]
    _weights: Array
    _sharpness: Array

    @classmethod
    def fitted(cls, documents_by_author: Mapping[str, Sequence[str]]) -> "StyleModel":
        """Return a model of the styles of some authors; the same documents give the same model.

        Paragraphs that stand in several documents are left out: they are notices, not style.

        Args:
            documents_by_author: Texts or Markdown of each author, by his full name.

        Raises:
            StyleUnknownError: Fewer than two authors have enough documents of enough prose.
        """
        names = sorted(documents_by_author)
        texts = [(name, prose(text, names)) for name in names for text in documents_by_author[name]]
        common = Counter(paragraph for _, paragraphs in texts for paragraph in set(paragraphs))
        own_words = [(name, [each for each in paragraphs if common[each] == 1]) for name, paragraphs in texts]
        long = [(name, each) for name, each in own_words if len(words(" ".join(each))) >= PIECE_WORDS]
        number = Counter(name for name, _ in long)
        authors = tuple(name for name in names if number[name] >= FEWEST_DOCUMENTS)
        if len(authors) < 2:  # noqa: PLR2004 - a style is one against another
            raise StyleUnknownError(
                f"Style is told against another author, but {len(authors)} of {len(names)} authors have "
                f"{FEWEST_DOCUMENTS} documents of {PIECE_WORDS} words of prose.",
                remedy="Collect what another author has written, too.",
            )
        kept = [(name, each) for name, each in long if name in authors]
        return _fitted(cls, authors, kept, too_short=len(texts) - len(long))

    def score(self, text: str, author: str) -> float:
        """Return the probability that a text is by an author, if it is by one of those known, each as likely at first.

        Raises:
            UnknownStyleAuthorError: The author is not among those known.
            TooShortForStyleError: The text has fewer than `FEWEST_WORDS` words of prose.
        """
        return self.scores(text)[self.author(author)]

    def author(self, name: str) -> str:
        """Return an author if he is known.

        Raises:
            UnknownStyleAuthorError: He is not.
        """
        if name not in self.authors:
            raise UnknownStyleAuthorError(name, self.authors)
        return name

    def scores(self, text: str) -> dict[str, float]:
        """Return the probability of each author; they add up to 1.

        Raises:
            TooShortForStyleError: The text has fewer than `FEWEST_WORDS` words of prose.
        """
        paragraphs = prose(text, self.authors)
        number = len(words(" ".join(paragraphs)))
        if number < FEWEST_WORDS:
            raise TooShortForStyleError(number)
        rows = _rows([counts(piece) for piece in _pieces(paragraphs)], self._traits)
        mean = (rows @ self._weights).mean(axis=0, keepdims=True)
        likely = probabilities(mean, np.array([float(number)]), self._sharpness)[0]
        return dict(zip(self.authors, likely.tolist(), strict=True))


def _fitted(
    kind: type[StyleModel], authors: tuple[str, ...], documents: Sequence[tuple[str, list[str]]], *, too_short: int
) -> StyleModel:
    pieces = [(place, piece) for place, (_, each) in enumerate(documents) for piece in _pieces(each)]
    document = np.array([place for place, _ in pieces])
    document_author = np.array([authors.index(name) for name, _ in documents])
    own = document_author[document]
    found = [counts(piece) for _, piece in pieces]
    lengths = np.array([float(each[Family.FUNCTION_WORDS][TOTAL]) for each in found])
    # Every author counts the same, and so does every document of his.
    weights = 1.0 / np.bincount(document)[document] / np.bincount(document_author)[own]
    weights /= weights.sum()
    traits = {family: _trait([each[family] for each in found], weights) for family in Family}
    rows = _rows(found, traits)
    learned, held_out = _ridge(rows, np.eye(len(authors))[own] * 2 - 1, weights, document)
    whole = _means(held_out, document)
    whole_lengths = np.bincount(document, lengths)
    # Half of what is calibrated on are pieces, half whole documents.
    document_weights = 1.0 / np.bincount(document_author)[document_author] / len(authors)
    sharp = sharpness(
        np.concatenate([held_out, whole]),
        np.concatenate([lengths, whole_lengths]),
        np.concatenate([own, document_author]),
        np.concatenate([weights, document_weights]) / 2,
    )
    named = whole.argmax(axis=1)
    likely = probabilities(held_out, lengths, sharp)
    figures = StyleFigures(
        authors={name: int((document_author == place).sum()) for place, name in enumerate(authors)},
        too_short=too_short,
        leave_one_out_accuracy=float((named == document_author).mean()),
        wrong=counted(documents[place][0] for place in np.flatnonzero(named != document_author).tolist()),
        piece_accuracy=float((held_out.argmax(axis=1) == own).mean()),
        calibration_error=calibration_error(likely, own, weights),
        calibration=tuple(
            CalibrationBin(sure=sure, right=right, pieces=number)
            for sure, right, number in calibration_bins(likely, own, weights)
        ),
    )
    return kind(authors, figures, traits, learned, sharp)


def _ridge(rows: Array, targets: Array, weights: Array, groups: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return the weights of traits, and the scores of each piece as they are without the document that it is from."""
    root = np.sqrt(weights)[:, None]
    inverse = np.linalg.inv(root * (rows @ rows.T) * root.T + _RIDGE * np.eye(len(rows)))
    dual = inverse @ (root * targets)
    held_out = np.empty_like(targets)
    for group in range(int(groups.max()) + 1):
        members = np.flatnonzero(groups == group)
        missed = np.linalg.solve(inverse[np.ix_(members, members)], dual[members])
        held_out[members] = targets[members] - missed / root[members]
    return rows.T @ (root * dual), held_out


def _pieces(paragraphs: Sequence[str]) -> list[list[str]]:
    """Return the sentences in pieces of about `PIECE_WORDS` words; a rest that is shorter joins the last one."""
    pieces: list[list[str]] = [[]]
    number = 0
    for sentence in (each for paragraph in paragraphs for each in sentences(paragraph)):
        if number >= PIECE_WORDS:
            pieces.append([])
            number = 0
        pieces[-1].append(sentence)
        number += len(words(sentence))
    if number < PIECE_WORDS and len(pieces) > 1:
        rest = pieces.pop()
        pieces[-1] += rest
    return pieces


def _trait(pieces: Sequence[Mapping[str, int]], weights: Array) -> _Trait:
    total: Counter[str] = Counter()
    for each in pieces:
        total.update(each)
    del total[TOTAL]
    columns = tuple(sorted(total, key=lambda key: (-total[key], key))[:_MOST_TRAITS])
    rates = _rates(pieces, columns)
    mean = weights @ rates
    deviation = np.sqrt(weights @ (rates - mean) ** 2)
    return _Trait(columns, mean, np.where(deviation > 0, deviation, 1.0))


def _rates(pieces: Sequence[Mapping[str, int]], columns: Sequence[str]) -> Array:
    return np.array([[each.get(key, 0) / max(1, each[TOTAL]) for key in columns] for each in pieces])


def _rows(pieces: Sequence[Counts], traits: Mapping[Family, _Trait]) -> Array:
    """Return rows whose products are the mean cosine of two pieces over the families, and 1 for a constant."""
    units = [trait.units([each[family] for each in pieces]) for family, trait in traits.items()]
    return np.hstack([*(unit / len(units) ** 0.5 for unit in units), np.ones((len(pieces), 1))])


def _means(values: Array, groups: NDArray[np.intp]) -> Array:
    number = np.bincount(groups)
    return np.stack([np.bincount(groups, column) / number for column in values.T], axis=1)
