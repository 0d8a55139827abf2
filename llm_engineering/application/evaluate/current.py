"""Golden questions on documents that may have changed since."""

from collections.abc import Iterable, Mapping, Sequence

from llm_engineering.application.evaluate.golden import Answer, GoldenQuestion, GoldenSet, Place
from llm_engineering.application.ports import DOCUMENTS, DocumentStore
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.warehouse.documents import document_from
from llm_engineering.domain.chunks import Span
from llm_engineering.domain.documents import Category, CleanedDocument, RawDocument
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.outcomes import Dropped


def documents_asked_about(store: DocumentStore, golden: GoldenSet) -> tuple[CleanedDocument, ...]:
    """Return the documents that answers lie in, cleaned, as far as they are still live.

    Raises:
        StoredObjectInvalidError: A stored document is not valid.
    """
    return live_documents(store, ids_asked_about(golden))


def live_documents(store: DocumentStore, ids: Sequence[str]) -> tuple[CleanedDocument, ...]:
    """Return the documents of some ids, cleaned, as far as they are still live.

    Raises:
        StoredObjectInvalidError: A stored document is not valid.
    """
    stored: list[RawDocument] = [
        document_from(category, found)
        for category in Category
        for found in store.find(DOCUMENTS[category], {"_id": ids})
    ]
    return cleaned_documents(document for document in stored if document.is_live).items


def ids_asked_about(golden: GoldenSet) -> tuple[str, ...]:
    """Return the ids of the documents that answers lie in, sorted."""
    return tuple(sorted({place.document_id for question in golden.items for place in question.places}))


def current_questions(golden: GoldenSet, documents: Iterable[CleanedDocument]) -> GoldenSet:
    """Return the questions whose answers stand in the documents word for word, at the places where they stand now.

    The others are dropped as "gone", if a document is not among the given ones, or as "changed". Questions keep their
    ids. What else the documents now say that could answer a question is not known; making the set anew finds it.
    """
    by_id = {document.provenance.document_id: document for document in documents}
    kept: list[GoldenQuestion] = []
    dropped: list[Dropped] = []
    for question in golden.items:
        now = [_answer_now(answer, by_id) for answer in question.answers]
        answers = tuple(answer for answer in now if answer is not None)
        if len(answers) == len(question.answers):
            kept.append(question.model_copy(update={"answers": answers}))
        else:
            dropped.append(_dropped(question, by_id))
    return GoldenSet(
        items=tuple(kept),
        dropped=tuple(dropped),
        document_ids=ids_asked_about(golden),
        frozen_as=golden.frozen_as or golden.version,
    )


def _answer_now(answer: Answer, documents: Mapping[str, CleanedDocument]) -> Answer | None:
    places = [_place_now(place, documents.get(place.document_id)) for place in answer.places]
    found = tuple(place for place in places if place is not None)
    return answer.model_copy(update={"places": found}) if len(found) == len(places) else None


def _place_now(place: Place, document: CleanedDocument | None) -> Place | None:
    """Return where the words of a place stand now, or None if they are gone."""
    if document is None or document.provenance.content_hash == place.content_hash:
        return place if document else None
    length = place.span.end - place.span.start
    start = document.text.find(place.beginning)
    while start >= 0:
        if content_hash(document.text[start : start + length]) == place.digest:
            span = Span(start=start, end=start + length)
            return place.model_copy(update={"span": span, "content_hash": document.provenance.content_hash})
        start = document.text.find(place.beginning, start + 1)
    return None


def _dropped(question: GoldenQuestion, documents: Mapping[str, CleanedDocument]) -> Dropped:
    gone = [place.link for place in question.places if place.document_id not in documents]
    if gone:
        return Dropped(item=question.text, reason="gone", detail=f"{gone[0]} is not there any more.")
    links = ", ".join(dict.fromkeys(place.link for place in question.places))
    return Dropped(item=question.text, reason="changed", detail=f"What answered it is not in {links} any more.")
