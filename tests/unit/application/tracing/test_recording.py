"""What is recorded of the execution of a dataflow."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hamilton import ad_hoc_utils
from hamilton.async_driver import AsyncDriver, Builder
from numpy.typing import NDArray
from pydantic import SecretStr

from llm_engineering.application.answer.asking import FoundPassage, Question
from llm_engineering.application.language_models.port import ModelUnreachableError
from llm_engineering.application.prompts.code_prompts import CodePrompts
from llm_engineering.application.prompts.source import ExpandInputs, PromptSource
from llm_engineering.application.tracing.port import Recorded, Trace
from llm_engineering.application.tracing.recording import CANCELLED, TraceRecorder
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.tracers import NoTracer
from llm_engineering.domain.language_models import (
    ChatMessage,
    Completion,
    FinishReason,
    ModelIdentity,
    ModelRequest,
    Role,
    TokenUsage,
)
from llm_engineering.domain.prompts import RenderedPrompt
from tests.support.documents import chunk
from tests.support.prompts import EXPANDS
from tests.support.traces import FIRST, MODEL, SECOND, V1, RecordingTracer

QUESTION = Question(query="What is a plum?")


@dataclass(frozen=True)
class Model:
    """Says one thing, once it may."""

    says: str
    may_speak: asyncio.Event
    api_key: str = "sk-of-this-model"
    identity: ModelIdentity = MODEL

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        yield self.says
        yield await self.completion(request)

    async def close(self) -> None:
        """Nothing is open."""

    async def completion(self, request: ModelRequest) -> Completion:
        if self.says == "Fail.":
            raise ModelUnreachableError("It is gone.", remedy="Wait.")
        await self.may_speak.wait()
        usage = TokenUsage(prompt_tokens=20, completion_tokens=5)
        return Completion(
            text=self.says, finish_reason=FinishReason.STOP, usage=usage, model="small-2026-01-01", cost=0.25
        )


def model(says: str = "A fruit.") -> Model:
    may_speak = asyncio.Event()
    may_speak.set()
    return Model(says, may_speak)


def question_vector(question: Question) -> NDArray[np.float32]:
    return np.ones(384, dtype=np.float32)


def found(question_vector: NDArray[np.float32]) -> tuple[FoundPassage, ...]:
    return tuple(
        FoundPassage(
            number=number,
            chunk=chunk("All about the plum." * 500, chunk_id=f"c{number}", document_id=f"d{number}"),
            score=1 / number,
            similarity=None,
            word_score=None,
        )
        for number in (1, 2)
    )


def rendered(question: Question, found: tuple[FoundPassage, ...]) -> RenderedPrompt:
    text = f"{question.query} {found[0].chunk.text}"
    return RenderedPrompt(reference=V1, messages=(ChatMessage(role=Role.USER, content=text),))


def request(rendered: RenderedPrompt) -> ModelRequest:
    return ModelRequest(messages=rendered.messages, temperature=0.5, seed=7)


async def said(model: Model, request: ModelRequest) -> Completion:
    return await model.completion(request)


def text(said: Completion) -> str:
    if said.text == "Nothing.":
        raise ValueError("No text for the key sk-of-this-model")
    return said.text


def module(*functions: Any) -> ModuleType:
    made: ModuleType = ad_hoc_utils.create_temporary_module(*functions)
    return made


async def driver_with(recorder: TraceRecorder, *functions: Any) -> AsyncDriver:
    parts = functions or (question_vector, found, rendered, request, said, text)
    return await Builder().with_modules(module(*parts)).with_adapters(recorder).build()


async def run(recorder: TraceRecorder, inputs: Mapping[str, Any], wanted: str = "text") -> Any:
    driver = await driver_with(recorder)
    return await driver.execute([wanted], inputs=dict(inputs))


def recorded(tracer: RecordingTracer) -> Trace:
    (trace,) = tracer.traces
    return trace


@pytest.fixture
def tracer() -> RecordingTracer:
    return RecordingTracer()


@pytest.fixture
def recorder(tracer: RecordingTracer) -> TraceRecorder:
    return TraceRecorder(
        tracer, name="text", redactor=Redactor([SecretStr("sk-of-this-model")]), metadata={"code": "1"}
    )


def test_a_run_becomes_a_trace_with_a_span_per_node(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    asyncio.run(run(recorder, {"question": QUESTION, "model": model()}))

    trace = recorded(tracer)
    assert trace.name == "text"
    assert [span.name for span in trace.spans] == ["question_vector", "found", "rendered", "request", "said", "text"]
    assert trace.input["question"]["query"] == "What is a plum?"
    assert trace.output == {"text": "A fruit."}
    assert trace.metadata == {"code": "1"}
    assert all(trace.started_at <= span.started_at <= span.ended_at <= trace.ended_at for span in trace.spans)
    assert recorder.failures == 0


def test_the_call_of_a_model_is_recognised_by_its_type(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    asyncio.run(run(recorder, {"question": QUESTION, "model": model()}))

    (call,) = [span for span in recorded(tracer).spans if span.model is not None]
    assert call.name == "said"
    assert (call.model, call.prompt, call.cost) == (MODEL, V1, 0.25)
    assert call.usage == TokenUsage(prompt_tokens=20, completion_tokens=5)
    assert call.parameters == {"max_output_tokens": 512, "temperature": 0.5, "seed": 7}


def test_what_was_retrieved_is_listed_by_its_ids(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    asyncio.run(run(recorder, {"question": QUESTION, "model": model()}))

    spans = {span.name: span for span in recorded(tracer).spans}
    ids = [(each.number, each.chunk_id, each.document_id, each.score) for each in spans["found"].retrieved]
    assert ids == [(1, "c1", "d1", 1.0), (2, "c2", "d2", 0.5)]
    assert spans["text"].retrieved == ()


def test_values_are_shortened_but_the_prompt_is_whole(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    asyncio.run(run(recorder, {"question": QUESTION, "model": model()}))

    spans = {span.name: span for span in recorded(tracer).spans}
    assert spans["question_vector"].output == {"shape": [384], "dtype": "float32"}
    passage = spans["found"].output[0]["chunk"]["text"]
    assert passage == ("All about the plum." * 500)[:500] + "… (+9,000 characters)"
    content = spans["rendered"].output["messages"][0]["content"]
    assert content == "What is a plum? " + "All about the plum." * 500
    # What another span shows is not shown again.
    assert spans["rendered"].inputs == {"question": spans["rendered"].inputs["question"], "found": "→ found"}
    assert spans["rendered"].inputs["question"]["query"] == "What is a plum?"


def test_what_is_handed_on_in_lists_is_shown_once(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    def reversed_order(found: tuple[FoundPassage, ...]) -> list[FoundPassage]:
        return [found[1], found[0].model_copy(update={"score": 0.1})]

    async def reordered() -> None:
        driver = await driver_with(recorder, question_vector, found, reversed_order)
        await driver.execute(["reversed_order"], inputs={"question": QUESTION})

    asyncio.run(reordered())

    first, second = [span for span in recorded(tracer).spans if span.name != "question_vector"]
    assert [each["score"] for each in first.output] == [1.0, 0.5]
    assert second.output[0] == "→ found[1]"
    # A copy shows what is new of it.
    assert (second.output[1]["score"], second.output[1]["chunk"]) == (0.1, "→ found[0].chunk")
    assert [each.chunk_id for each in second.retrieved] == ["c2", "c1"]


def test_a_value_that_is_handed_on_as_it_is_is_shown_once(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    @dataclass(frozen=True)
    class Ranking:
        best: str

    ranking = Ranking("c1")

    def ranked(question: Question) -> object:
        return ranking

    def kept(ranked: object) -> object:
        return ranked

    async def handed_on() -> None:
        driver = await driver_with(recorder, ranked, kept)
        await driver.execute(["kept"], inputs={"question": QUESTION})

    asyncio.run(handed_on())

    assert [(span.name, span.output) for span in recorded(tracer).spans] == [
        ("ranked", {"best": "c1"}),
        ("kept", "→ ranked"),
    ]


def test_no_secret_enters(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    with pytest.raises(ValueError, match="No text"):
        asyncio.run(run(recorder, {"question": QUESTION, "model": model("Nothing.")}))

    trace = recorded(tracer)
    assert "sk-of-this-model" not in trace.model_dump_json()
    assert trace.spans[-1].error == "ValueError: No text for the key [redacted]"
    assert trace.output["error"] == "ValueError: No text for the key [redacted]"
    assert trace.tags == ("error",)


def test_a_given_identifier_is_that_of_the_trace(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    asyncio.run(run(recorder, {"question": QUESTION, "model": model(), "trace_id": FIRST}))

    assert recorded(tracer).id == FIRST


def test_runs_at_the_same_time_do_not_mix(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def both() -> None:
        driver = await driver_with(recorder)
        models = {FIRST: Model("One.", asyncio.Event()), SECOND: Model("Two.", asyncio.Event())}
        runs = [
            asyncio.create_task(
                driver.execute(["text"], inputs={"question": QUESTION, "model": model, "trace_id": trace_id})
            )
            for trace_id, model in models.items()
        ]
        models[SECOND].may_speak.set()
        await runs[1]
        models[FIRST].may_speak.set()
        await runs[0]

    asyncio.run(both())

    assert [(trace.id, trace.output["text"]) for trace in tracer.traces] == [(SECOND, "Two."), (FIRST, "One.")]
    assert [len(trace.spans) for trace in tracer.traces] == [6, 6]
    assert {span.output for trace in tracer.traces for span in trace.spans if span.name == "text"} == {"One.", "Two."}


def test_several_runs_and_what_is_done_between_them_can_be_one_trace(
    tracer: RecordingTracer, recorder: TraceRecorder
) -> None:
    async def streamed() -> None:
        driver = await driver_with(recorder)
        recording = recorder.begin({"question": QUESTION}, trace_id=FIRST)
        with recording.active():
            first = await driver.execute(["request"], inputs={"question": QUESTION})
        with recording.span("streamed", {"model": model(), "request": first["request"]}) as span:
            span.value = completion = await model("Streamed.").completion(first["request"])
        with recording.active():
            last = await driver.execute(["text"], inputs={}, overrides={"said": completion})
        recorder.end(recording, last)

    asyncio.run(streamed())

    trace = recorded(tracer)
    assert [span.name for span in trace.spans] == [
        "question_vector",
        "found",
        "rendered",
        "request",
        "streamed",
        "text",
    ]
    assert trace.output == {"text": "Streamed."}
    (call,) = [span for span in trace.spans if span.model is not None]
    assert (call.name, call.model, call.prompt) == ("streamed", MODEL, V1)


def test_a_run_after_a_trace_is_its_own_again(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def twice() -> None:
        driver = await driver_with(recorder)
        with recorder.trace({"question": QUESTION}, trace_id=FIRST, name="both") as output:
            output["text"] = (await driver.execute(["text"], inputs={"question": QUESTION, "model": model()}))["text"]
        await driver.execute(["question_vector"], inputs={"question": QUESTION})

    asyncio.run(twice())

    assert [(trace.name, len(trace.spans)) for trace in tracer.traces] == [("both", 6), ("text: question_vector", 1)]
    assert tracer.traces[0].output == {"text": "A fruit."}


def test_a_cancelled_run_says_so(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def cancelled() -> None:
        driver = await driver_with(recorder)
        never = Model("Never.", asyncio.Event())
        task = asyncio.create_task(driver.execute(["text"], inputs={"question": QUESTION, "model": never}))
        while not tracer.traces and not any(run.started.get("said") for run in recorder._runs.values()):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())

    trace = recorded(tracer)
    assert trace.output == {"error": CANCELLED}
    assert "said" not in {span.name for span in trace.spans if span.error is None}


def test_a_completion_that_is_handed_on_is_one_call(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    def draft(said: Completion) -> dict[str, Completion]:
        return {"completion": said}

    async def both() -> None:
        driver = await driver_with(recorder, question_vector, found, rendered, request, said, draft)
        await driver.execute(["draft"], inputs={"question": QUESTION, "model": model()})

    asyncio.run(both())

    assert [span.name for span in recorded(tracer).spans if span.usage] == ["said"]


def test_completions_of_one_node_are_added_up(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def summaries(model: Model, request: ModelRequest) -> list[Completion]:
        one = await model.completion(request)
        return [one, one.model_copy(update={"cost": 0.5})]

    async def map_reduce() -> None:
        driver = await driver_with(recorder, question_vector, found, rendered, request, summaries)
        await driver.execute(["summaries"], inputs={"question": QUESTION, "model": model()})

    asyncio.run(map_reduce())

    span = recorded(tracer).spans[-1]
    assert (span.usage, span.cost) == (TokenUsage(prompt_tokens=40, completion_tokens=10), 0.75)


def test_what_cannot_be_recorded_harms_nothing_and_is_counted(tracer: RecordingTracer) -> None:
    class Unreadable:
        @property
        def shape(self) -> tuple[int, ...]:
            raise RuntimeError("no shape")

    def odd(question: Question) -> Unreadable:
        return Unreadable()

    def even(odd: Unreadable) -> str:
        return "even"

    recorder = TraceRecorder(tracer, name="odd")

    async def execute() -> Any:
        driver = await driver_with(recorder, odd, even)
        return await driver.execute(["even"], inputs={"question": QUESTION})

    assert asyncio.run(execute()) == {"even": "even"}
    assert recorder.failures == 2
    assert recorded(tracer).output == {"even": "even"}


def test_nothing_is_recorded_for_a_tracer_that_takes_nothing() -> None:
    recorder = TraceRecorder(NoTracer(), name="answer")

    assert asyncio.run(run(recorder, {"question": QUESTION, "model": model()})) == {"text": "A fruit."}
    assert recorder._runs == {}


async def other_words(question: Question, model: Model, prompts: PromptSource) -> str:
    """Ask a model and keep nothing but its text."""
    asked = prompts.prompt("expand", "v1").rendered(ExpandInputs(question=question.query, count=2))
    return (await model.completion(ModelRequest(messages=asked.messages, max_output_tokens=50))).text


def test_a_call_that_a_value_does_not_tell_of_is_heard(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def execute() -> None:
        driver = await driver_with(recorder, other_words)
        inputs = {"question": QUESTION, "model": model("Pflaume?"), "prompts": CodePrompts(EXPANDS, {"expand": "v1"})}
        assert await driver.execute(["other_words"], inputs=inputs) == {"other_words": "Pflaume?"}

    asyncio.run(execute())

    call, node = recorded(tracer).spans
    assert (call.parent_id, call.name) == (node.id, "other_words: small")
    assert call.prompt == EXPANDS[0].reference
    assert call.inputs["messages"][0] == {"role": "system", "content": "Reword 2 times."}
    assert call.output["text"] == "Pflaume?"
    assert call.usage == TokenUsage(prompt_tokens=20, completion_tokens=5)
    assert call.parameters["max_output_tokens"] == 50
    assert node.usage is None
    assert set(node.inputs) == {"question"}


def test_a_call_that_fails_is_heard_though_the_node_goes_on(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def fallen_back(model: Model, quoting: Model, request: ModelRequest) -> Completion:
        try:
            return await model.completion(request)
        except ModelUnreachableError:
            return await quoting.completion(request)

    async def execute() -> None:
        driver = await driver_with(recorder, question_vector, found, rendered, request, fallen_back)
        inputs = {"question": QUESTION, "model": model("Fail."), "quoting": model("Quoted.")}
        await driver.execute(["fallen_back"], inputs=inputs)

    asyncio.run(execute())

    failed, node = recorded(tracer).spans[-2:]
    assert (failed.parent_id, failed.error) == (node.id, "ModelUnreachableError: It is gone. Wait.")
    assert (failed.model, failed.prompt, failed.usage) == (MODEL, V1, None)
    assert (node.model, node.cost, node.output["text"]) == (MODEL, 0.25, "Quoted.")


def test_a_model_that_is_listened_to_streams_as_before(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    async def streamed(model: Model, request: ModelRequest) -> list[str]:
        return [piece if isinstance(piece, str) else "done" async for piece in model.stream(request)]

    async def execute() -> Any:
        driver = await driver_with(recorder, question_vector, found, rendered, request, streamed)
        return await driver.execute(["streamed"], inputs={"question": QUESTION, "model": model("A fruit.")})

    assert asyncio.run(execute()) == {"streamed": ["A fruit.", "done"]}
    assert recorder.failures == 0
    call = recorded(tracer).spans[-2]
    assert (call.name, call.prompt, call.cost) == ("streamed: small", V1, 0.25)


def test_a_run_for_something_else_says_what_for(tracer: RecordingTracer, recorder: TraceRecorder) -> None:
    asyncio.run(run(recorder, {"question": QUESTION, "model": model()}, wanted="found"))

    assert recorded(tracer).name == "text: found"


def test_a_value_is_recorded_as_it_was_though_it_is_described_later() -> None:
    later = KeptForLater()
    recorder = TraceRecorder(later, name="words")
    words = ["plum"]
    recording = recorder.begin({"words": words})
    recording.add("words", recording.started_at, {"given": {"words": words}}, [words])
    recorder.end(recording, {"words": words})
    words.append("pear")

    (one,) = later.recorded
    trace = one.made()
    assert (trace.input, trace.output) == ({"words": ["plum"]}, {"words": ["plum"]})
    assert (trace.spans[0].inputs, trace.spans[0].output) == ({"given": {"words": ["plum"]}}, [["plum"]])
    assert one.made() is trace


def test_a_value_that_cannot_be_described_leaves_the_others() -> None:
    class Unreadable:
        @property
        def shape(self) -> tuple[int, ...]:
            raise RuntimeError("no shape")

    later = KeptForLater()
    recorder = TraceRecorder(later, name="odd")
    recording = recorder.begin({})
    recorder.end(recording, {"odd": Unreadable(), "even": 2})

    assert recorder.failures == 0
    assert later.recorded[0].made().output == {"even": 2}
    assert recorder.failures == 1


class KeptForLater(RecordingTracer):
    """A tracer that describes nothing by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[Recorded] = []

    def record(self, trace: Recorded) -> None:
        self.recorded.append(trace)
