from collections.abc import Mapping

import pytest

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.vector_stores.records import (
    CollectionRecord,
    IdentityMismatchError,
    OtherFormatError,
    check_record,
)

IDENTITY = EmbeddingIdentity(model="all-MiniLM-L6-v2", dimension=384, precision="float32")


def test_the_same_identity_passes() -> None:
    check_record(CollectionRecord(format_version=1, identity=IDENTITY), "data/vectors", IDENTITY.model_copy())


@pytest.mark.parametrize("change", [{"model": "other"}, {"dimension": 768}, {"precision": "bfloat16"}])
def test_any_difference_is_told_with_both_sides(change: Mapping[str, object]) -> None:
    other = IDENTITY.model_copy(update=change)
    with pytest.raises(IdentityMismatchError, match="Set TEXT_EMBEDDING_MODEL_ID back") as refused:
        check_record(CollectionRecord(format_version=1, identity=other), "data/vectors", IDENTITY)
    assert (refused.value.stored, refused.value.asked) == (other, IDENTITY)
    assert refused.value.location == "data/vectors"


def test_the_message_reads_well() -> None:
    other = EmbeddingIdentity(model="other", dimension=768, precision="bfloat16")
    with pytest.raises(IdentityMismatchError) as refused:
        check_record(CollectionRecord(format_version=1, identity=other), "data/vectors", IDENTITY)
    assert refused.value.problem == (
        "The collection at data/vectors holds vectors of 'other' (768 dimensions, bfloat16), "
        "not of 'all-MiniLM-L6-v2' (384 dimensions, float32)."
    )


def test_another_format_is_told_before_anything_else() -> None:
    with pytest.raises(OtherFormatError, match="has format 2, this version reads 1"):
        check_record(
            CollectionRecord(format_version=2, identity=IDENTITY),
            "data/vectors",
            IDENTITY.model_copy(update={"model": "x"}),
        )
