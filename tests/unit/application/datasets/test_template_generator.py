import asyncio

from llm_engineering.application.datasets.generator import Generated
from llm_engineering.application.datasets.template_generator import TemplateGenerator, unwrapped
from llm_engineering.domain.samples import Extract, InstructSample, PreferenceSample, SampleKind
from llm_engineering.infrastructure.factory import term_encoder
from tests.support.datasets import CONTRACT, extract


def made(kind: SampleKind, *extracts: Extract) -> Generated:
    generator = TemplateGenerator(kind, term_encoder(), lambda _: "en", CONTRACT)
    return asyncio.run(generator.generated(extracts))


def test_an_instruct_sample_answers_with_the_extract_without_its_line_breaks() -> None:
    (sample,) = made(
        SampleKind.INSTRUCT, extract("It weaves\npatterns.\n\nIt does\nso well.", "Why an engine?")
    ).samples

    assert isinstance(sample, InstructSample)
    assert (sample.instruction, sample.answer) == ("Why an engine?", "It weaves patterns.\n\nIt does so well.")
    assert sample.provenance is not None
    assert sample.provenance.parameters == {"form": "{topic}"}


def test_a_preference_sample_chooses_the_extract_as_it_stands() -> None:
    text = "It weaves\npatterns."
    (sample,) = made(SampleKind.PREFERENCE, extract(text, "Why an engine?")).samples

    assert isinstance(sample, PreferenceSample)
    assert sample.chosen == text
    assert "Why an engine" in sample.rejected
    assert sample.provenance is not None
    assert sample.provenance.parameters == {"form": "{topic}", "degradation": "generic"}


def test_what_only_asks_or_was_asked_before_gives_no_sample() -> None:
    asks = extract("Do you weave? _Really?_", "Weaving")
    again = extract("So it is.", "Why an engine?", document_id="two", start=5)
    found = made(SampleKind.INSTRUCT, asks, extract("It is so.", "Why an engine?"), again)

    assert [drop.reason for drop in found.dropped] == ["only_asks", "no_question"]
    assert found.dropped[1].item == "https://ada.dev/two [5:14]"
    assert len(found.samples) == 1


def test_paragraphs_are_unwrapped_and_the_rest_stays() -> None:
    text = "One fine-\ntuned\nline.\n\n- a\n- b\n\n```\nx = 1\n\ny = 2\n```\n    z = 3\nAnd\nso on."

    assert unwrapped(text) == ("One fine-tuned line.\n\n- a\n- b\n\n```\nx = 1\n\ny = 2\n```\n    z = 3\nAnd so on.")
