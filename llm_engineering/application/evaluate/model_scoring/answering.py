"""A language model that answers questions by itself, as it was trained to: no passages, one instruction."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from llm_engineering.application.answer.asking import AnswerDone, AnswerEvent, PassagesFound, Question
from llm_engineering.application.datasets.rows import asked_messages
from llm_engineering.application.evaluate.model_scoring.configuration import Speaking
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.domain.answers import Answer, AnswerKind
from llm_engineering.domain.language_models import ChatMessage, FinishReason, ModelRequest
from llm_engineering.domain.prompt_contracts import PromptContract

CUT: Final = "The answer was cut where no more tokens were allowed."
"""Note of an answer that ends because it may not go on."""


@dataclass(frozen=True, slots=True)
class ModelAnswerer:
    """Asks a model with the messages that its samples were made with."""

    model: LanguageModel
    contract: PromptContract
    speaking: Speaking
    clock: Callable[[], float]
    """Seconds that only grow."""

    async def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """Yield that no passages were found, then the answer.

        Raises:
            LanguageModelError: The model gave none.
        """
        trace_id, started = str(uuid4()), self.clock()
        yield PassagesFound(trace_id=trace_id, passages=())
        completion = await self.model.completion(self.request(question.query))
        is_cut = completion.finish_reason is FinishReason.LENGTH
        yield AnswerDone(
            answer=Answer(
                trace_id=trace_id,
                question=question.query,
                kind=AnswerKind.WRITTEN,
                text=completion.text.strip(),
                statements=(),
                citations=(),
                model=self.model.identity,
                prompt=None,
                usage=completion.usage,
                cost=completion.cost,
                seconds=max(0.0, self.clock() - started),
                notes=(CUT,) if is_cut else (),
            )
        )

    def request(self, instruction: str) -> ModelRequest:
        """Return what the model is asked."""
        return ModelRequest(
            messages=tuple(ChatMessage.model_validate(each) for each in asked_messages(instruction, self.contract)),
            max_output_tokens=self.speaking.max_output_tokens,
            temperature=self.speaking.temperature,
            seed=self.speaking.seed,
            question=instruction,
            purpose="model evaluation",
        )
