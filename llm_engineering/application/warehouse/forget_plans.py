"""Finds everything that is kept of a page, a source, a domain or an author, which `forgetting` removes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final, Protocol
from urllib.parse import urlsplit

from llm_engineering.application.datasets.reviews import SAMPLE_REVIEWS
from llm_engineering.application.experiments.given_answers import answers_with
from llm_engineering.application.ports import (
    CRAWLED_LINKS,
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    FORGOTTEN,
    TRACE_DOCUMENTS,
    USERS,
    DocumentStore,
    JsonObject,
)
from llm_engineering.application.warehouse.forgotten import (
    Target,
    TargetKind,
)
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.documents import Category
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel

_IDS_AT_ONCE: Final = 500
_NAMED: Final = 5
_PLACES: Final = ("link", "origin", "repository")
"""Fields of a document that say where its text lies."""


class UnknownTargetError(InvalidInputError):
    """Nothing is kept of what is to be forgotten; nothing was removed."""

    def __init__(self, target: Target, near: Sequence[str]) -> None:
        meant = f" Did you mean {', '.join(map(repr, near))}?" if near else ""
        super().__init__(
            f"Nothing is kept of the {target.kind} {target.value!r:.200}.{meant}",
            remedy="Nothing was removed. Give a link, a domain or a full name as the store has it.",
        )
        self.target = target
        self.near = tuple(near)


class HeldArtifact(FrozenModel):
    """A version of an artifact of the pipelines that holds text of forgotten documents."""

    id: str
    name: str
    version: str
    uri: str


class HeldChunks(Protocol):
    """What indexes hold of documents: a `VectorStore`, or several of them."""

    def document_ids(self, author_id: str) -> set[str]:
        """Return the ids of the documents of an author that have a chunk."""
        ...

    def count(self, where: ChunkFilter) -> int:
        """Return the number of chunks that pass the filter."""
        ...

    def delete_document(self, document_id: str) -> int:
        """Delete all chunks of a document and return how many there were."""
        ...


class ArtifactStore(Protocol):
    """What the pipelines have kept of documents, beside the stores."""

    def holding(self, ids: Collection[str]) -> Sequence[HeldArtifact]:
        """Return the artifact versions whose files hold one of some ids of documents or authors."""
        ...

    def models_of(self, artifacts: Sequence[HeldArtifact]) -> Sequence[str]:
        """Return the names of the models that some artifact versions went into, for people to read."""
        ...

    def remove(self, artifact: HeldArtifact) -> None:
        """Delete the files of an artifact version; safe to call twice."""
        ...


class ForgetPlan(FrozenModel):
    """What is to be removed."""

    target: Target
    authors: tuple[str, ...] = ()
    """Ids of the authors who are to be removed themselves."""
    documents: tuple[str, ...] = ()
    """Ids."""
    links: tuple[str, ...] = ()
    """Links of the documents."""
    versions: int = 0
    chunks: int = 0
    visited_links: tuple[str, ...] = ()
    """Ids of what is known of links."""
    traces: tuple[str, ...] = ()
    """Ids of the traces of answers that quote one of the documents, whether or not these are still stored."""
    experiment_answers: int = 0
    """Stored answers of experiments that have words of one of the documents."""
    reviews: int = 0
    """Reviews of samples of training data that are made of one of the documents."""
    artifacts: tuple[HeldArtifact, ...] = ()
    models: tuple[str, ...] = ()
    """Models that were trained with it; they are not touched."""
    copies: tuple[str, ...] = ()
    """Links of documents that say nearly the same and are not covered; they are not touched."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept of the target."""
        return not (
            self.documents
            or self.authors
            or self.chunks
            or self.visited_links
            or self.artifacts
            or self.traces
            or self.experiment_answers
            or self.reviews
        )


def forget_plan(store: DocumentStore, vectors: HeldChunks, artifacts: ArtifactStore, target: Target) -> ForgetPlan:
    """Return what is kept of a target; nothing is changed.

    Raises:
        UnknownTargetError: Nothing is kept of it, and there is no record that it was forgotten.
        StoreUnavailableError: A store could not be read.
    """
    users = [user["_id"] for user in store.find(USERS, {}) if _is_author(target, user)]
    covered = [document for document in stored_documents(store) if _is_covered(target, users, document)]
    ids = sorted({document["_id"] for document in covered}.union(*(vectors.document_ids(user) for user in users)))
    held = tuple(artifacts.holding([*ids, *users])) if ids or users else ()
    plan = ForgetPlan(
        target=target,
        authors=tuple(users),
        documents=tuple(ids),
        links=tuple(sorted(document["link"] for document in covered)),
        versions=sum(store.count(DOCUMENT_VERSIONS, {"document_id": some}) for some in portions(ids)),
        chunks=sum(vectors.count(ChunkFilter(document_id=each)) for each in ids),
        visited_links=tuple(_visited_links(store, target, users)),
        traces=tuple(_traces(store, target, ids, users)),
        experiment_answers=len(answers_with(store, ids)),
        reviews=sum(store.count(SAMPLE_REVIEWS, {"document_id": some}) for some in portions(ids)),
        artifacts=held,
        models=tuple(artifacts.models_of(held)),
        copies=tuple(_copies(store, set(ids), {document.get("duplicate_of") for document in covered})),
    )
    if plan.is_empty and not store.count(FORGOTTEN, {"_id": target.id}):
        raise UnknownTargetError(target, _near(store, target))
    return plan


def stored_documents(store: DocumentStore) -> Iterator[JsonObject]:
    """Yield all documents as they are stored."""
    for category in Category:
        yield from store.find(DOCUMENTS[category], {})


def _is_author(target: Target, user: JsonObject) -> bool:
    return target.kind is TargetKind.AUTHOR and target.value == f"{user.get('first_name')} {user.get('last_name')}"


def _is_covered(target: Target, author_ids: Collection[str], document: JsonObject) -> bool:
    if target.kind is TargetKind.AUTHOR:
        return document["author_id"] in author_ids or document.get("author_full_name") == target.value
    # A domain has what lies on it; a link also what was found through it, wherever that lies.
    fields = (*_PLACES, "source") if target.kind is TargetKind.LINK else _PLACES
    return any(target.covers_link(document[field]) for field in fields if document.get(field))


def _visited_links(store: DocumentStore, target: Target, author_ids: Collection[str]) -> Iterator[str]:
    for state in store.find(CRAWLED_LINKS, {}):
        fields = ("address", "source") if target.kind is TargetKind.LINK else ("address",)
        if state["author_id"] in author_ids or any(target.covers_link(state.get(field) or "") for field in fields):
            yield state["_id"]


def _traces(
    store: DocumentStore, target: Target, document_ids: Collection[str], author_ids: Collection[str]
) -> list[str]:
    """Return the ids of the traces that hold text of a target; what they hold may be stored nowhere else any more."""
    return sorted({
        held["trace_id"]
        for held in store.find(TRACE_DOCUMENTS, {})
        if held["document_id"] in document_ids
        or held["author_id"] in author_ids
        or (target.kind is TargetKind.AUTHOR and held["author_full_name"] == target.value)
        or target.covers_link(held["link"])
    })


def _copies(store: DocumentStore, ids: Collection[str], originals: Collection[str | None]) -> Iterator[str]:
    """Yield the links of other documents that are joined with the documents of some ids."""
    for document in stored_documents(store):
        is_joined = document["_id"] in originals or document.get("duplicate_of") in {*ids, *originals} - {None}
        if document["_id"] not in ids and is_joined:
            yield document["link"]


def _near(store: DocumentStore, target: Target) -> list[str]:
    if target.kind is TargetKind.AUTHOR:
        known = {f"{user.get('first_name')} {user.get('last_name')}" for user in store.find(USERS, {})}
    else:
        links = {
            document[field]
            for document in stored_documents(store)
            for field in ("link", "source")
            if document.get(field)
        }
        known = links if target.kind is TargetKind.LINK else {urlsplit(link).hostname or "" for link in links}
    return get_close_matches(target.value, sorted(known), n=_NAMED)


def portions(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return ids in their order, as many at once as a store is asked about."""
    return (ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))
