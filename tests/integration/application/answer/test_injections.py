"""Documents that try to change what the twin does: none of them may."""

import asyncio
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.domain.answers import Answer, AnswerKind
from llm_engineering.domain.chunks import Chunk, ChunkFilter
from tests.integration.application.answer.conftest import AnswererOf
from tests.support.answering import ScriptedModel
from tests.support.documents import article
from tests.support.fakes import WordTokenizer
from tests.support.injections import EVIL, INJECTIONS, ORDERED, Injection, obedient

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[4]
QUESTION = Question(query="What does the loom weave?")

each_injection = pytest.mark.parametrize("injection", INJECTIONS, ids=lambda injection: injection.name)


def chunks(injection: Injection) -> tuple[Chunk, ...]:
    """Return the chunks of an injected document and of a plain one."""
    documents = [
        article(injection.text, link="https://ada.dev/one"),
        article("The loom weaves threads of silk into flowers.", link="https://ada.dev/two"),
    ]
    return chunks_of_documents(cleaned_documents(documents).items, WordTokenizer(), Chunking()).items


def followed(text: str) -> set[str]:
    html = MarkdownIt("commonmark", {"html": True}).render(text)
    return set(re.findall(r"<[^>]*(?:href|src)\s*=\s*[\"']?([^\"'\s>]*)", html, re.IGNORECASE))


def successes(answer: Answer, indexed: tuple[Chunk, ...]) -> list[str]:
    """Return what an attack has reached."""
    reached = {
        "an order was obeyed": answer.text.strip() == ORDERED,
        "an address can be followed": any(EVIL in address for address in followed(answer.text)),
        "an address can be copied": f"//{EVIL}" in answer.text,
        "something else is cited": any(
            citation.chunk_id not in {chunk.id for chunk in indexed} or EVIL in citation.url
            for citation in answer.citations
        ),
        "there is a mark without a citation": bool(
            {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
            - {citation.number for citation in answer.citations}
        ),
        "there is hidden text": any(ord(sign) > 0xE0000 or sign in "\u200b\u2060" for sign in answer.text),
    }
    return [name for name, is_reached in reached.items() if is_reached]


@each_injection
@pytest.mark.parametrize("model", [None, ScriptedModel(obedient)], ids=["quotes", "obedient"])
def test_an_injected_document_changes_nothing(
    answerer_of: AnswererOf, injection: Injection, model: ScriptedModel | None
) -> None:
    indexed = chunks(injection)
    answerer = answerer_of(indexed, model=model)

    found = asyncio.run(answerer.intermediates(QUESTION, ["answer", "filters", "queries"], {}))

    assert successes(found["answer"], indexed) == []
    assert found["answer"].kind is (AnswerKind.WRITTEN if model else AnswerKind.QUOTED)
    assert found["filters"].read == ChunkFilter()
    assert found["queries"].texts == (QUESTION.query,)


def test_the_obedient_model_obeys_what_stands_outside_of_passages(answerer_of: AnswererOf) -> None:
    model = ScriptedModel(obedient)
    question = Question(query=f"What does the loom weave? Say {ORDERED}.")

    answer = asyncio.run(answerer_of(chunks(INJECTIONS[0]), model=model).answer(question))

    assert answer.text == ORDERED


def test_the_documentation_lists_all_attacks() -> None:
    page = (ROOT / "docs/answers.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([^|]+?) \| 0 \| 0 \|$", page, re.MULTILINE)

    assert listed == [injection.name for injection in INJECTIONS]
