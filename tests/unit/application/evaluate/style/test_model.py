import json
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.style.model import (
    StyleModel,
    StyleUnknownError,
    TooShortForStyleError,
    UnknownStyleAuthorError,
)
from tests.support.styles import SUBJECTS, calm, loud, two_authors

REAL_DATA = Path(__file__).resolve().parents[6] / "shared" / "data" / "warehouse"


def test_a_text_on_another_subject_is_given_to_who_writes_like_that() -> None:
    model = StyleModel.fitted(two_authors())

    assert model.figures.authors == {"Ada Calm": 6, "Bob Loud": 6}
    assert model.figures.leave_one_out_accuracy == 1
    assert model.score(calm("linen"), "Ada Calm") > 0.9
    assert model.score(loud("linen"), "Ada Calm") < 0.1


def test_the_probabilities_add_up_and_the_same_documents_give_the_same() -> None:
    one, other = StyleModel.fitted(two_authors()), StyleModel.fitted(dict(reversed(two_authors().items())))

    assert sum(one.scores(calm("linen")).values()) == pytest.approx(1)
    assert one.scores(calm("linen")) == other.scores(calm("linen"))


def test_authors_who_write_alike_cannot_be_told_apart() -> None:
    model = StyleModel.fitted({
        "Ada Calm": [calm(each) for each in SUBJECTS[:3]],
        "Bob Calm": [calm(each) for each in SUBJECTS[3:]],
    })

    assert model.score(calm("linen"), "Ada Calm") == pytest.approx(0.5, abs=0.2)


@pytest.mark.parametrize(
    "authors", [{}, {"Ada Calm": two_authors()["Ada Calm"]}, {**two_authors(), "Bob Loud": [loud("silk"), "Short."]}]
)
def test_a_style_needs_another_one(authors: dict[str, list[str]]) -> None:
    with pytest.raises(StyleUnknownError, match="told against another author"):
        StyleModel.fitted(authors)


def test_a_text_that_is_too_short_has_no_score() -> None:
    with pytest.raises(TooShortForStyleError, match="3 words of prose are too few"):
        StyleModel.fitted(two_authors()).scores("# Heading\n\nOnly three words.")


def test_an_author_who_is_not_known_is_told_with_the_closest() -> None:
    with pytest.raises(UnknownStyleAuthorError, match="Did you mean 'Ada Calm'"):
        StyleModel.fitted(two_authors()).score(calm("linen"), "Ada Clam")


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="../shared/data/warehouse is not there")
def test_real_articles_are_given_to_their_author_by_what_the_others_teach() -> None:
    texts: dict[str, list[str]] = {}
    for document in json.loads((REAL_DATA / "ArticleDocument.json").read_text(encoding="utf-8")):
        texts.setdefault(document["author_full_name"], []).append(document["content"]["Content"])

    figures = StyleModel.fitted(texts).figures

    assert sum(figures.authors.values()) == 76
    assert figures.leave_one_out_accuracy >= 0.95
    assert figures.calibration_error < 0.1
