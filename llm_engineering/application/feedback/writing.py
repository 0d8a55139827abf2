"""Keeps what people think of answers."""

from collections.abc import Iterator

from llm_engineering.application.ports import FEEDBACK, DocumentStore, JsonObject, WriteReport
from llm_engineering.application.tracing.port import Tracer
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier


class UnknownAnswerError(InvalidInputError):
    """There is no answer of the trace id that feedback names."""

    def __init__(self, trace_id: str) -> None:
        super().__init__(
            f"There is no answer with the trace id {trace_id!r:.80}.",
            remedy="Give the trace_id of an answer; traces that are older than KEEP_TRACES_DAYS are not kept.",
        )
        self.trace_id = trace_id


def given_feedback(store: DocumentStore, tracer: Tracer, feedback: Feedback) -> WriteReport:
    """Check feedback, store it and hand it to the tracer; return what was written.

    Raises:
        UnknownAnswerError: Traces are kept, and none has this id. Where none are kept, any id is taken.
        StoreUnavailableError: It could not be stored; the call can be repeated.
        StoreReadOnlyError: The store may not be written.
    """
    if tracer.knows(feedback.trace_id) is False:
        raise UnknownAnswerError(feedback.trace_id)
    written = written_feedback(store, feedback)
    tracer.record_feedback(feedback)
    return written


def written_feedback(store: DocumentStore, feedback: Feedback) -> WriteReport:
    """Store feedback; what the same user said of the same answer before is replaced."""
    return store.upsert(FEEDBACK, [_object(feedback)])


def feedback_of(store: DocumentStore, trace_id: str) -> Iterator[Feedback]:
    """Yield what is stored of an answer, one per user."""
    for stored in store.find(FEEDBACK, {"trace_id": trace_id}):
        yield Feedback.model_validate({name: value for name, value in stored.items() if name != "_id"})


def _object(feedback: Feedback) -> JsonObject:
    clean = feedback.model_dump(mode="json")
    # No store takes the character NUL in a key, and none needs it.
    user = feedback.user.replace("\0", "")
    return {**clean, "_id": identifier("feedback", feedback.trace_id, user), "user": user}
