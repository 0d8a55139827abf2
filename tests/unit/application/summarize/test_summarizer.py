import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from llm_engineering.application.language_models.port import BudgetSpentError, ModelFailedError
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.summarize.source_text import NothingToSummarizeError, SourceText
from llm_engineering.application.summarize.summarizer import Summarizer, UnknownValueError
from llm_engineering.application.summarize.summary import Summarizing, SummaryKind, TooManyPartsFailedError
from llm_engineering.domain.language_models import (
    Completion,
    FinishReason,
    ModelIdentity,
    ModelRequest,
    TokenUsage,
)
from tests.support.fakes import WordTokenizer

_TEXT = (
    "# One\n\nApples are red and round.\n\n# Two\n\nPears are green and long.\n\n# Three\n\nPlums are blue and small.\n"
)
_SOURCE = SourceText(title="Fruit", link="https://ada.dev/fruit", text=_TEXT)
_THREE_PARTS = Summarizing(part_tokens=9)


class _Writer:
    """Says "<what comes after 'are' in the prompt>", and counts who asks at the same time."""

    identity = ModelIdentity(provider="test", name="writer")

    def __init__(self, reply: Callable[[str], str]) -> None:
        self._reply = reply
        self.requests: list[ModelRequest] = []
        self.most_at_once = 0
        self._at_once = 0

    async def completion(self, request: ModelRequest) -> Completion:
        self.requests.append(request)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1
        return Completion(
            text=self._reply(request.messages[-1].content),
            finish_reason=FinishReason.STOP,
            usage=TokenUsage(prompt_tokens=10, completion_tokens=2),
            model="writer-1",
            cost=0.5,
        )

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        yield await self.completion(request)

    async def close(self) -> None:
        pass


def _colours(prompt: str) -> str:
    """Return what the prompt says of colours: the notes on a part, or all notes joined."""
    return ", ".join(re.findall(r"red|green|blue", prompt))


def _failing_on(word: str, error: Exception) -> Callable[[str], str]:
    def reply(prompt: str) -> str:
        if word in prompt:
            raise error
        return _colours(prompt)

    return reply


def _letters(text: str) -> Sequence[int]:
    return [hash(word) for word in text.lower().split()]


def _summarizer(model: _Writer | None, summarizing: Summarizing = _THREE_PARTS) -> Summarizer:
    return Summarizer(WordTokenizer(), _letters, code_prompts(), summarizing, model)


_GRAPH = _summarizer(_Writer(_colours)).graph


def test_parts_are_summarized_and_then_their_summaries() -> None:
    model = _Writer(_colours)

    summary = asyncio.run(_summarizer(model).summary(_SOURCE))

    assert summary.kind is SummaryKind.WRITTEN
    assert summary.text == "red, green, blue"
    assert [(part.number, part.heading_path, part.text) for part in summary.parts] == [
        (1, ("One",), "red"),
        (2, ("Two",), "green"),
        (3, ("Three",), "blue"),
    ]
    assert summary.usage == TokenUsage(prompt_tokens=40, completion_tokens=8)  # of four calls
    assert summary.cost == 2.0
    assert [(each.name, each.version) for each in summary.prompts] == [
        ("summarize_chunk", "v1"),
        ("summarize_document", "v1"),
    ]


def test_another_version_of_the_prompts_can_be_chosen() -> None:
    model = _Writer(_colours)

    summary = asyncio.run(_summarizer(model, Summarizing(prompt_version="v2")).summary(_SOURCE))

    assert [each.version for each in summary.prompts] == ["v2", "v2"]
    assert "Rules:" in model.requests[0].messages[0].content


def test_no_more_parts_are_summarized_at_once_than_allowed() -> None:
    text = "".join(f"# {number}\n\nApples are red here.\n\n" for number in range(20))
    model = _Writer(_colours)

    asyncio.run(
        _summarizer(model, Summarizing(part_tokens=9, concurrency=3)).summary(_SOURCE.model_copy(update={"text": text}))
    )

    assert model.most_at_once == 3


def test_a_part_that_fails_is_left_out_and_named() -> None:
    error = ModelFailedError("The server failed.", remedy="Try again.")
    model = _Writer(_failing_on("Pears", error))

    summary = asyncio.run(_summarizer(model, Summarizing(part_tokens=9, max_failed_share=0.4)).summary(_SOURCE))

    assert summary.text == "red, blue"
    (failed,) = summary.failed
    assert (failed.item, failed.reason) == ("https://ada.dev/fruit, part 2", "ModelFailedError")
    assert failed.detail == "The server failed. Try again."


def test_too_many_failures_fail_the_summary() -> None:
    error = ModelFailedError("The server failed.", remedy="Try again.")

    with pytest.raises(TooManyPartsFailedError, match=r"1 of 3 parts could not be summarized .*The server failed"):
        asyncio.run(_summarizer(_Writer(_failing_on("Pears", error))).summary(_SOURCE))


def test_nothing_more_is_asked_when_the_budget_is_spent() -> None:
    error = BudgetSpentError("The budget is spent.", remedy="Raise it.")
    model = _Writer(_failing_on("Apples", error))

    with pytest.raises(BudgetSpentError):
        asyncio.run(_summarizer(model, Summarizing(part_tokens=9, concurrency=1)).summary(_SOURCE))

    assert len(model.requests) == 1


def test_summaries_that_do_not_fit_one_prompt_are_joined_in_rounds() -> None:
    text = "".join(f"# {number}\n\nApples are red here.\n\n" for number in range(40))
    model = _Writer(lambda prompt: "red and round" if "Apples" in prompt else "joined")

    values = asyncio.run(
        _summarizer(model, Summarizing(part_tokens=9)).values(
            _SOURCE.model_copy(update={"text": text}), ["joined_summaries", "summary"]
        )
    )

    # 40 summaries of 3 words fit 3 to a prompt of 9: 14 groups, the last of one; these fit 9 words to one: 2 groups.
    assert [each.text for each in values["joined_summaries"].items] == ["joined", "joined"]
    assert values["joined_summaries"].items[0].span.start == 0
    assert values["joined_summaries"].items[-1].span.end == len(text.rstrip("\n"))
    assert values["summary"].usage.prompt_tokens == 10 * (40 + 13 + 2 + 1)


def test_without_a_model_the_document_is_quoted() -> None:
    summary = asyncio.run(_summarizer(None, Summarizing(part_tokens=9, sentences=2)).summary(_SOURCE))

    assert summary.kind is SummaryKind.QUOTED
    assert summary.text.count("\n") == 1
    assert all(line.removeprefix("- ") in _TEXT for line in summary.text.split("\n"))
    assert summary.prompts == ()


def test_code_without_sentences_is_quoted_by_its_lines() -> None:
    source = SourceText(title="x.py", link="file:///x.py", text="def apples():\n    return 1\n", is_code=True)

    assert asyncio.run(_summarizer(None).summary(source)).text == "- def apples():\n- return 1"


def test_a_value_can_be_given_and_the_rest_computed_from_it() -> None:
    values = asyncio.run(
        _summarizer(None).values(_SOURCE, ["summary"], {"sayings": ("Somebody else said this thing.",)})
    )

    assert values["summary"].text == "- Somebody else said this thing."


@pytest.mark.parametrize("text", ["", "\n\n", "\u200b"])
def test_a_document_without_text_cannot_be_summarized(text: str) -> None:
    with pytest.raises(NothingToSummarizeError, match=r"https://ada\.dev/fruit"):
        asyncio.run(_summarizer(None).summary(_SOURCE.model_copy(update={"text": text})))


def test_a_value_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownValueError, match=r"'summry'.*Did you mean 'summary'.*cleaned, part_summaries"):
        asyncio.run(_summarizer(None).values(_SOURCE, ["summry"]))


def test_the_dataflow_is_described_for_graphviz() -> None:
    assert "part_summaries -> joined_summaries;" in _GRAPH.dot


def test_the_picture_of_the_documentation_shows_the_values_that_there_are() -> None:
    picture = (Path(__file__).parents[4] / "docs/images/summary-graph.svg").read_text(encoding="utf-8")

    drawn = set(re.findall(r'class="node">\s*<title>([^<]+)</title>', picture))
    assert drawn == {node.name for node in _GRAPH.nodes}
