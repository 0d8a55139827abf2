from collections.abc import Mapping

import pytest

from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity, TermScheme
from llm_engineering.infrastructure.vector_stores.records import (
    CollectionRecord,
    IdentityMismatchError,
    OtherFormatError,
    TermsMismatchError,
    check_record,
)

IDENTITY = EmbeddingIdentity(model="all-MiniLM-L6-v2", dimension=384, precision="float32")


def made_with(identity: EmbeddingIdentity) -> CollectionRecord:
    return CollectionRecord(format_version=2, identity=identity, terms=STANDARD_TERMS)


def test_the_same_identity_passes() -> None:
    record = CollectionRecord(format_version=2, identity=IDENTITY, terms=TermScheme())
    check_record(record, "data/vectors", IDENTITY.model_copy(), STANDARD_TERMS)


@pytest.mark.parametrize("change", [{"model": "other"}, {"dimension": 768}, {"precision": "bfloat16"}])
def test_any_difference_is_told_with_both_sides(change: Mapping[str, object]) -> None:
    other = IDENTITY.model_copy(update=change)
    with pytest.raises(IdentityMismatchError, match="Set TEXT_EMBEDDING_MODEL_ID back") as refused:
        check_record(made_with(other), "data/vectors", IDENTITY, STANDARD_TERMS)
    assert (refused.value.stored, refused.value.asked) == (other, IDENTITY)
    assert refused.value.location == "data/vectors"


def test_the_message_reads_well() -> None:
    other = EmbeddingIdentity(model="other", dimension=768, precision="bfloat16")
    with pytest.raises(IdentityMismatchError) as refused:
        check_record(made_with(other), "data/vectors", IDENTITY, STANDARD_TERMS)
    assert refused.value.problem == (
        "The collection at data/vectors holds vectors of 'other' (768 dimensions, bfloat16), "
        "not of 'all-MiniLM-L6-v2' (384 dimensions, float32)."
    )


def test_another_format_is_told_before_anything_else() -> None:
    with pytest.raises(OtherFormatError, match="has format 3, this version reads 2"):
        check_record(
            CollectionRecord(format_version=3, identity=IDENTITY),
            "data/vectors",
            IDENTITY.model_copy(update={"model": "x"}),
            STANDARD_TERMS,
        )


def test_a_collection_without_terms_is_refused_with_what_to_do() -> None:
    with pytest.raises(TermsMismatchError, match="or delete the collection, and run the feature pipeline") as refused:
        check_record(CollectionRecord(format_version=1, identity=IDENTITY), "data/vectors", IDENTITY, STANDARD_TERMS)
    assert "holds no term vectors, by which words are found" in refused.value.problem
    assert (refused.value.stored, refused.value.asked) == (None, STANDARD_TERMS)


def test_another_scheme_is_told_with_both_sides() -> None:
    other = TermScheme(language="german")
    with pytest.raises(TermsMismatchError, match=r"language='german'.*language='english'") as refused:
        check_record(made_with(IDENTITY).model_copy(update={"terms": other}), "x", IDENTITY, STANDARD_TERMS)
    assert refused.value.stored == other
