import numpy as np
import pytest

from benchmarks.synthetic_chunks import SyntheticCorpus, author_id


def test_the_same_numbers_give_the_same_chunks_however_many_are_made_at_once() -> None:
    once = list(SyntheticCorpus(seed=1).embedded(0, 2_000))
    again = list(SyntheticCorpus(seed=1).embedded(1_010, 2_000))

    assert [each.chunk for each in once[1_010:]] == [each.chunk for each in again]
    assert np.array_equal(once[1_500].embedding, again[490].embedding)
    assert np.array_equal(once[1_500].terms.indices, again[490].terms.indices)


def test_chunks_and_questions_are_usable() -> None:
    corpus = SyntheticCorpus()
    chunks, [question] = list(corpus.embedded(0, 300)), corpus.questions(1)

    assert len({each.chunk.id for each in chunks}) == 300
    assert sum(each.chunk.provenance.author_id == author_id(0) for each in chunks) == 50
    assert np.linalg.norm(question.embedding) == pytest.approx(1, abs=1e-6)
    assert np.all(np.diff(question.terms.indices.astype(np.int64)) > 0)


def test_the_nearest_are_those_with_the_largest_products() -> None:
    corpus = SyntheticCorpus()
    chunks, [question] = list(corpus.embedded(0, 1_250)), corpus.questions(1)
    by_likeness = sorted(chunks, key=lambda each: -float(each.embedding @ question.embedding))
    of_author = [each for each in by_likeness if each.chunk.provenance.author_id == author_id(3)]

    rows = question.embedding[None]
    assert corpus.nearest(rows, 1_250, 7) == [{each.chunk.id for each in by_likeness[:7]}]
    assert corpus.nearest(rows, 1_250, 7, author=3) == [{each.chunk.id for each in of_author[:7]}]
