"""What makes one index different from another."""

import pytest

from llm_engineering.application.index.fingerprint import FingerprintChange, IndexFingerprint, fingerprint_changes
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.domain.chunks import STANDARD_TERMS
from tests.support.fakes import LetterEmbedder
from tests.support.switches import LETTERS, fingerprint

FIRST = fingerprint(40)


@pytest.mark.parametrize(
    "change",
    [
        {"cleaner": 2},
        {"chunker": 2},
        {"context": 2},
        {"chunking": Chunking(max_tokens=128)},
        {"embedding": LETTERS.model_copy(update={"model": "words"})},
        {"embedding": LETTERS.model_copy(update={"precision": "bfloat16"})},
        {"terms": STANDARD_TERMS.model_copy(update={"k1": 0.9})},
    ],
)
def test_each_part_changes_the_digest(change: dict[str, object]) -> None:
    changed = FIRST.model_copy(update=change)

    assert changed.digest != FIRST.digest
    assert len(fingerprint_changes(FIRST, changed)) == 1


def test_equal_parts_have_an_equal_digest_of_twelve_digits() -> None:
    assert fingerprint(40).digest == FIRST.digest
    assert len(FIRST.digest) == 12
    assert int(FIRST.digest, 16) >= 0
    assert fingerprint_changes(FIRST, fingerprint(40)) == ()


def test_the_longest_chunk_is_that_of_the_model_unless_it_is_set() -> None:
    model = LetterEmbedder(max_tokens=64)

    by_itself = IndexFingerprint.of(model, Chunking(), STANDARD_TERMS)

    assert by_itself.chunking == Chunking(max_tokens=64, min_tokens=40)
    assert by_itself == IndexFingerprint.of(model, Chunking(max_tokens=64), STANDARD_TERMS)
    assert IndexFingerprint.of(model, Chunking(max_tokens=32), STANDARD_TERMS).chunking.max_tokens == 32


def test_changes_are_told_in_words() -> None:
    model = FIRST.model_copy(update={"embedding": LETTERS.model_copy(update={"precision": "bfloat16"})})

    assert fingerprint_changes(FIRST, model) == (
        FingerprintChange(
            part="embedding", live="letters (3 dimensions, float32)", new="letters (3 dimensions, bfloat16)"
        ),
    )
    assert FIRST.words["cutting"] == "version 1, 40 to 256 tokens"
    assert FIRST.words["terms"] == "version 1, english, k1 1.2, b 0.75, 100 words"


def test_it_is_kept_as_json() -> None:
    assert IndexFingerprint.model_validate_json(FIRST.model_dump_json()) == FIRST
