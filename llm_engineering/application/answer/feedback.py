"""What people think of answers, kept in the document store."""

from llm_engineering.application.ports import FEEDBACK, DocumentStore, JsonObject
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.identity import identifier


def store_feedback(store: DocumentStore, feedback: Feedback) -> None:
    """Keep feedback, in place of what the same user said of the same answer before; durable when it returns.

    Raises:
        StoreUnavailableError: The store could not be reached.
        StoreReadOnlyError: The store may not be written.
    """
    store.upsert(FEEDBACK, [_stored(feedback)])


def feedback_of(store: DocumentStore, trace_id: str) -> tuple[Feedback, ...]:
    """Return all that was said of an answer."""
    found = store.find(FEEDBACK, {"trace_id": trace_id})
    return tuple(Feedback.model_validate({key: value for key, value in each.items() if key != "_id"}) for each in found)


def _stored(feedback: Feedback) -> JsonObject:
    return {"_id": identifier("feedback", feedback.trace_id, feedback.user), **feedback.model_dump(mode="json")}
