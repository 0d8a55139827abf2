import re

import pytest

from llm_engineering.application.datasets.gates.mentions import mention
from llm_engineering.application.datasets.question_forms import FORMS, NEUTRAL, QuestionForms
from llm_engineering.application.datasets.questions import Questions, extract_language
from llm_engineering.application.datasets.subjects import Subjects
from llm_engineering.domain.samples import Extract, InstructSample
from llm_engineering.infrastructure.factory import term_encoder
from tests.support.datasets import extract

each_language = pytest.mark.parametrize("forms", [*FORMS.values(), NEUTRAL], ids=[*FORMS, "neutral"])


def asked(*extracts: Extract, language: str | None = None) -> list[str | None]:
    questions = Questions(Subjects(term_encoder(), extracts), lambda _: language)
    found = [questions.question(each) for each in extracts]
    return [question.text if question else None for question in found]


@each_language
def test_forms_have_the_places_that_they_are_for(forms: QuestionForms) -> None:
    def places(form: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", form))

    assert all(places(form) == {"topic"} for form in forms.about_topic)
    assert all(places(form) == {"term"} for form in (*forms.about_term, *forms.more))
    assert all(places(form) == {"topic", "term"} for form in forms.about_both)


@each_language
def test_no_form_mentions_what_nobody_sees(forms: QuestionForms) -> None:
    for form in (*forms.about_topic, *forms.about_term, *forms.about_both, *forms.more):
        filled = form.format(topic='"engines"', term='"mills"')
        assert mention(InstructSample(id="1", instruction=filled, answer="It weaves.")) is None


def test_a_heading_that_is_a_question_is_asked() -> None:
    assert asked(extract("It weaves.", "Why an engine?")) == ["Why an engine?"]


def test_a_heading_stands_between_quotation_marks() -> None:
    (question,) = asked(extract("It weaves.", 'The "new" engine'))

    assert question is not None
    assert "\"The 'new' engine\"" in question
    assert question.endswith(("?", ".")) or '"?' in question


def test_a_second_extract_under_a_heading_is_asked_about_by_its_term() -> None:
    first, second = asked(
        extract("It weaves.", "Why an engine?"), extract("It has a **brass mill**.", "Why an engine?", start=20)
    )

    assert first == "Why an engine?"
    assert second is not None
    assert second.startswith("Why an engine? ")
    assert '"brass mill"' in second


def test_what_can_only_be_asked_again_is_not_asked() -> None:
    assert asked(
        extract("It is so.", "Why engines?"), extract("That is so.", "Why the engine?", document_id="two")
    ) == ["Why engines?", None]


def test_one_asks_in_the_language_of_the_document_else_of_the_text() -> None:
    (stated,) = asked(extract("Sie webt.", "Die Maschine", language="de"))
    (told,) = asked(extract("Sie webt.", "Die Maschine", language=None), language="de")

    assert stated == told
    assert stated is not None
    assert "„Die Maschine“" in stated


@pytest.mark.parametrize(
    ("stated", "told", "expected"),
    [("de", "en", "de"), ("pt-BR", "en", "pt"), ("markdown", "fr", "fr"), ("md", None, None), ("", "zxx", None)],
)
def test_the_language_is_the_stated_one_else_the_one_that_it_seems_to_be(
    stated: str, told: str | None, expected: str | None
) -> None:
    assert extract_language(extract("Sie webt.", language=stated), lambda _: told) == expected


def test_in_other_languages_the_authors_words_stand_alone() -> None:
    assert asked(extract("Ткёт узоры.", "Машина узоров", language="ru")) == ["Машина узоров"]


def test_the_form_follows_from_the_extract() -> None:
    texts = [extract(f"Number {number} is so.", f"Brass wheel {number}", start=number) for number in range(40)]

    assert asked(*texts) == asked(*texts)
    assert len({question.partition('"')[0] for question in asked(*texts) if question}) >= 5
