import numpy as np

from llm_engineering.infrastructure.vector_stores.known_vectors import KnownVector, KnownVectors

_ONE = KnownVector("a document", np.array([1, 0], dtype=np.float32))
_TWO = KnownVector("a document", np.array([0, 1], dtype=np.float32))


def test_what_was_learnt_is_known() -> None:
    vectors = KnownVectors()
    vectors.learn({"a": _ONE}, read_at=0)

    assert vectors.known(["a", "b"]) == {"a": _ONE}


def test_those_that_were_used_last_are_kept() -> None:
    vectors = KnownVectors(limit=2)
    vectors.learn({"a": _ONE, "b": _ONE}, read_at=0)
    vectors.known(["a"])
    vectors.learn({"c": _TWO}, read_at=0)

    assert vectors.known("abc").keys() == {"a", "c"}


def test_what_was_read_before_a_change_is_not_learnt_after_it() -> None:
    vectors = KnownVectors()
    read_at = vectors.changes
    vectors.forget(["b"])
    vectors.learn({"a": _ONE}, read_at=read_at)

    assert vectors.known(["a"]) == {}


def test_what_is_written_anew_is_forgotten() -> None:
    vectors = KnownVectors()
    vectors.learn({"a": _ONE, "b": _TWO}, read_at=0)
    vectors.forget(["a"])

    assert vectors.known("ab").keys() == {"b"}
