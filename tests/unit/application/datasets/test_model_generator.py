import json

import pytest

from llm_engineering.application.datasets.generation import Writing
from llm_engineering.application.datasets.model_generator import ModelGenerator, ModelTerms, as_the_author_has_it
from llm_engineering.application.datasets.replies import RepliesInMemory
from llm_engineering.application.language_models.metering import Prices
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.prompts.source import UnknownPromptError
from llm_engineering.domain.language_models import TokenUsage
from llm_engineering.domain.samples import InstructSample, PreferenceSample, SampleKind
from tests.support.datasets import CONTRACT, extract
from tests.support.scripted_model import Said, ScriptedModel

ENGINE = extract("The engine weaves\npatterns. It is <new>.", "The engine", "How", start=7)
PRICES = Prices(per_million_prompt_tokens=1_000_000, per_million_completion_tokens=2_000_000)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def generator(
    model: ScriptedModel,
    kind: SampleKind = SampleKind.INSTRUCT,
    *,
    replies: RepliesInMemory | None = None,
    terms: ModelTerms | None = None,
    **writing: object,
) -> ModelGenerator:
    return ModelGenerator(
        kind=kind,
        model=model,
        prompts=code_prompts(),
        replies=replies or RepliesInMemory(),
        writing=Writing.model_validate({"concurrency": 1, **writing}),
        language_of=lambda _: "en",
        contract_hash=CONTRACT,
        terms=terms or ModelTerms(),
    )


def reply(*samples: dict[str, str]) -> str:
    return json.dumps({"samples": samples})


async def test_the_model_is_asked_as_the_configuration_says() -> None:
    model = ScriptedModel(reply({"instruction": "What?", "answer": "It weaves."}))
    await generator(model, samples_per_extract=2, temperature=0.4, seed=3, max_output_tokens=200).generated([ENGINE])

    (asked,) = model.requests
    assert (asked.temperature, asked.seed, asked.max_output_tokens) == (0.4, 3, 200)
    assert asked.purpose == "instruct_samples v1"
    assert asked.json_schema is not None
    assert "up to 2 pairs" in asked.messages[0].content
    assert 'under "The engine > How"' in asked.messages[1].content


async def test_samples_say_how_they_were_made() -> None:
    model = ScriptedModel(
        reply({"instruction": " What? ", "answer": "It weaves."}, {"instruction": "Is it new?", "answer": "It is."})
    )
    made = await generator(model, seed=3).generated([ENGINE])

    first, second = made.samples
    assert isinstance(first, InstructSample)
    assert (first.instruction, first.answer) == ("What?", "It weaves.")
    assert second.provenance is not None
    assert second.provenance.prompt == code_prompts().prompt("instruct_samples").reference
    assert second.provenance.parameters == {
        "place": 1, "temperature": 0.7, "seed": 3, "max_output_tokens": 1500, "samples_per_extract": 3,
    }  # fmt: skip
    assert (second.provenance.start, second.provenance.end) == (7, 47)


async def test_a_copied_answer_is_as_it_stands_and_another_is_left_to_the_gates() -> None:
    model = ScriptedModel(
        reply(
            {"instruction": "What?", "chosen": "The engine weaves patterns.", "rejected": "Much."},
            {"instruction": "Is it?", "chosen": "It is &lt;new>.", "rejected": "Yes."},
            {"instruction": "How?", "chosen": "By magic.", "rejected": "Well."},
        )
    )
    made = await generator(model, SampleKind.PREFERENCE).generated([ENGINE])

    chosen = [sample.chosen for sample in made.samples if isinstance(sample, PreferenceSample)]
    assert chosen == ["The engine weaves\npatterns.", "It is <new>.", "By magic."]


async def test_replies_without_samples_are_dropped_with_the_reason() -> None:
    model = ScriptedModel(reply(), reply({"instruction": "What?", "answer": " "}), "no", "no")
    extracts = [extract(f"Number {number}.", start=number) for number in range(3)]
    made = await generator(model, tries=2).generated(extracts)

    assert [drop.reason for drop in made.dropped] == ["nothing_to_ask", "incomplete", "broken_reply"]
    assert made.samples == ()


async def test_use_counts_replies_of_earlier_runs_too() -> None:
    replies = RepliesInMemory()
    said = Said(
        reply({"instruction": "What?", "answer": "So."}), usage=TokenUsage(prompt_tokens=10, completion_tokens=5)
    )
    terms = ModelTerms(PRICES, "models.example")
    await generator(ScriptedModel(said), replies=replies).generated([ENGINE])
    other = extract("It reckons.", start=90)
    made = await generator(ScriptedModel(said), replies=replies, terms=terms).generated([ENGINE, other])

    assert made.use is not None
    assert (made.use.prompts, made.use.from_store, made.use.destination) == (2, 1, "models.example")
    assert made.use.usage == TokenUsage(prompt_tokens=20, completion_tokens=10)


async def test_an_estimate_says_what_is_sent_and_costs() -> None:
    replies = RepliesInMemory()
    terms = ModelTerms(PRICES, "models.example")
    model = ScriptedModel(reply({"instruction": "What?", "answer": "So."}))
    before = await generator(model, replies=replies, terms=terms, max_output_tokens=100).estimate([ENGINE])
    await generator(model, replies=replies, max_output_tokens=100).generated([ENGINE])
    after = await generator(model, replies=replies, terms=terms, max_output_tokens=100).estimate([ENGINE])

    sent = sum(len(message.content) for message in model.requests[0].messages)
    assert (before.prompts, before.from_store, before.sent_characters) == (1, 0, sent)
    assert before.max_completion_tokens == 100
    assert before.cost == before.prompt_tokens + 2 * 100
    assert before.max_cost is not None
    assert before.max_cost > before.cost
    assert f"{sent:,} characters go to models.example" in before.sentence
    assert (after.prompts, after.from_store, after.cost) == (0, 1, 0)
    assert "Nothing leaves this machine" in after.sentence


async def test_a_version_that_there_is_not_is_told_before_anything_is_asked() -> None:
    model = ScriptedModel()
    with pytest.raises(UnknownPromptError, match="instruct_samples v9"):
        await generator(model, prompt_version="v9").generated([ENGINE])
    assert model.requests == []


def test_words_are_found_whatever_the_white_space() -> None:
    assert as_the_author_has_it("b  c", "a b\nc d") == "b\nc"
    assert as_the_author_has_it("b d", "a b\nc d") is None
    assert as_the_author_has_it(" ", "a") is None
