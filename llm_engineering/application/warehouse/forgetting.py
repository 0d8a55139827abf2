"""Removes everything that is kept of a page, a source, a domain or an author, and sees to it that it stays away."""

from collections.abc import Sequence
from datetime import datetime

from llm_engineering.application.crawl.duplicates import joined_duplicates
from llm_engineering.application.datasets.reviews import deleted_reviews
from llm_engineering.application.experiments.given_answers import forget_answers
from llm_engineering.application.feedback.writing import blanked_comments
from llm_engineering.application.index.manifest import mark_unfinished_everywhere
from llm_engineering.application.ports import (
    CRAWLED_LINKS,
    CRAWLS,
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    FORGOTTEN,
    USERS,
    DocumentStore,
)
from llm_engineering.application.tracing.stored import deleted_traces
from llm_engineering.application.warehouse.forget_plans import (
    ArtifactStore,
    ForgetPlan,
    HeldArtifact,
    HeldChunks,
    portions,
    stored_documents,
)
from llm_engineering.application.warehouse.forgotten import (
    Target,
    forgotten_records,
    write_forgotten,
)
from llm_engineering.domain.documents import Category
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.outcomes import Figures, Result


class NotForgottenError(InvalidInputError):
    """There is no record to take back."""

    def __init__(self, target: Target, forgotten: Sequence[str]) -> None:
        super().__init__(
            f"The {target.kind} {target.value!r:.200} is not forgotten.",
            remedy=f"Name what is: {', '.join(forgotten) or 'there is nothing'}.",
        )
        self.target = target


class ForgetReport(Result):
    """What was removed, in numbers of objects."""

    target: Target
    documents: int
    versions: int
    chunks: int
    visited_links: int
    authors: int
    traces: int
    """Answers whose traces are gone, the comments on them too; what was thought of them, yes or no, stays."""
    experiment_answers: int
    """Stored answers of experiments, which the next run of an experiment would ask for again."""
    reviews: int
    """What people found of samples of training data; data sets themselves are artifacts, files and repositories."""
    artifacts: tuple[HeldArtifact, ...]
    """Their files are gone; what ZenML knows of them, their numbers and where they went, stays."""
    models: tuple[str, ...]

    @property
    def figures(self) -> Figures:
        """How much was removed from where."""
        return {
            **self.model_dump(
                include={
                    "documents",
                    "versions",
                    "chunks",
                    "visited_links",
                    "authors",
                    "traces",
                    "experiment_answers",
                    "reviews",
                }
            ),
            "artifacts": len(self.artifacts),
            "models": list(self.models),
        }


def forgotten(
    store: DocumentStore, vectors: HeldChunks, artifacts: ArtifactStore, plan: ForgetPlan, *, now: datetime
) -> ForgetReport:
    """Remove what a plan names, and write that it may not be collected again.

    The record comes first and the documents last, so that a run that dies can be repeated with a new plan and
    completes. What the removed documents stood for is joined anew.

    Raises:
        StoreUnavailableError: A store could not be written; repeat plan and call.
        StoreReadOnlyError: A store may not be written.
    """
    write_forgotten(store, plan.target, now)
    # The next sync lets other documents take over the passages that these stood for.
    mark_unfinished_everywhere(store, plan.documents)
    chunks = sum(vectors.delete_document(each) for each in plan.documents)
    for artifact in plan.artifacts:
        artifacts.remove(artifact)
    experiment_answers = forget_answers(store, plan.documents)
    reviews = deleted_reviews(store, plan.documents)
    versions = sum(store.delete(DOCUMENT_VERSIONS, {"document_id": some}) for some in portions(plan.documents))
    visited = sum(store.delete(CRAWLED_LINKS, {"_id": some}) for some in portions(plan.visited_links))
    if plan.authors:
        store.delete(CRAWLS, {"author_id": plan.authors})
    blanked_comments(store, plan.traces)
    traces = deleted_traces(store, plan.traces)
    documents = sum(
        store.delete(DOCUMENTS[category], {"_id": some}) for category in Category for some in portions(plan.documents)
    )
    authors = store.delete(USERS, {"_id": plan.authors}) if plan.authors else 0
    for author_id in _authors_to_join(store):
        joined_duplicates(store, author_id)
    return ForgetReport(
        target=plan.target,
        documents=documents,
        versions=versions,
        chunks=chunks,
        visited_links=visited,
        authors=authors,
        traces=traces,
        experiment_answers=experiment_answers,
        reviews=reviews,
        artifacts=plan.artifacts,
        models=plan.models,
    )


def remember(store: DocumentStore, target: Target) -> None:
    """Take back that a target may not be collected; it comes back with the next crawl that is told to visit it.

    Raises:
        NotForgottenError: There is no such record.
    """
    if not store.delete(FORGOTTEN, {"_id": target.id}):
        raise NotForgottenError(target, sorted(record.value for record in forgotten_records(store)))


def _authors_to_join(store: DocumentStore) -> list[str]:
    """Return the authors who have a duplicate of a document that is not there."""
    stored = {document["_id"] for document in stored_documents(store)}
    duplicates = (document for document in stored_documents(store) if document.get("duplicate_of"))
    return sorted({document["author_id"] for document in duplicates if document["duplicate_of"] not in stored})
