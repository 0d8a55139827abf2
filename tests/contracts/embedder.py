"""What every `Embedder` and its `Tokenizer` promise, as tests. A subclass gives the fixture `embedder`.

Texts are made of the letters a, b and c with spaces between them, each of which is one token for every embedder.
"""

import numpy as np
import pytest

from llm_engineering.application.ports import Embedder

LETTERS = ("b a", "c " * 30, "a", "c b b", "b " * 9, "a a c")
"""Texts of mixed lengths that point in different directions."""


def letters(embedder: Embedder, *, last: str) -> str:
    """Return the longest text that is read whole, with a given letter at its end."""
    readable = embedder.tokenizer.max_tokens - embedder.tokenizer.special_tokens
    return "a " * (readable - 1) + last


class EmbedderContract:
    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError

    def test_each_text_has_a_row_of_length_one(self, embedder: Embedder) -> None:
        rows = embedder.embed_documents(LETTERS)

        assert rows.shape == (len(LETTERS), embedder.identity.dimension)
        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(LETTERS)), abs=1e-5)

    def test_a_question_has_one_vector_of_length_one(self, embedder: Embedder) -> None:
        vector = embedder.embed_query("a b c")

        assert vector.shape == (embedder.identity.dimension,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)

    def test_questions_together_have_the_vectors_of_each_alone(self, embedder: Embedder) -> None:
        rows = embedder.embed_queries(["a b c", "c", "b " * 20])

        assert rows.dtype == np.float32
        alone = [embedder.embed_query(text) for text in ("a b c", "c", "b " * 20)]
        assert rows == pytest.approx(np.stack(alone), abs=1e-5)

    def test_no_texts_are_no_rows(self, embedder: Embedder) -> None:
        rows = embedder.embed_documents([])

        assert rows.shape == (0, embedder.identity.dimension)
        assert rows.dtype == np.float32

    @pytest.mark.parametrize("text", ["", " \n", "山", "\N{PILE OF POO}", "?" * 40])
    def test_every_text_has_a_vector(self, embedder: Embedder, text: str) -> None:
        assert np.linalg.norm(embedder.embed_documents([text])) == pytest.approx(1, abs=1e-5)
        assert np.linalg.norm(embedder.embed_query(text)) == pytest.approx(1, abs=1e-5)

    def test_the_same_text_has_the_same_vector(self, embedder: Embedder) -> None:
        assert np.array_equal(embedder.embed_documents(LETTERS), embedder.embed_documents(LETTERS))
        assert np.array_equal(embedder.embed_query("a b"), embedder.embed_query("a b"))

    def test_rows_have_the_order_of_the_texts_and_do_not_depend_on_each_other(self, embedder: Embedder) -> None:
        texts = LETTERS * 8  # more than one batch of the model

        rows = embedder.embed_documents(texts)

        alone = np.concatenate([embedder.embed_documents([text]) for text in LETTERS])
        assert rows == pytest.approx(np.tile(alone, (8, 1)), abs=1e-5)
        closest = np.argmax(alone @ alone.T, axis=1)
        assert closest.tolist() == list(range(len(LETTERS)))

    def test_the_identity_stays(self, embedder: Embedder) -> None:
        before = embedder.identity
        embedder.embed_documents(["a"])

        assert embedder.identity == before

    @pytest.mark.parametrize("rest", [" c", " c" * 300])
    def test_what_follows_the_last_readable_token_is_not_read(self, embedder: Embedder, rest: str) -> None:
        whole = letters(embedder, last="b")

        rows = embedder.embed_documents([whole, whole + rest])

        assert np.array_equal(rows[0], rows[1])

    def test_the_last_readable_token_is_read(self, embedder: Embedder) -> None:
        rows = embedder.embed_documents([letters(embedder, last="a"), letters(embedder, last="b")])

        assert np.abs(rows[0] - rows[1]).max() > 1e-3

    def test_a_letter_is_a_token_and_none_is_cut(self, embedder: Embedder) -> None:
        length = 3 * embedder.tokenizer.max_tokens

        offsets = embedder.tokenizer.offsets("a " * length)

        assert offsets == [(2 * place, 2 * place + 1) for place in range(length)]

    @pytest.mark.parametrize(
        "text",
        [
            "Hello, world! It's 3.5 €/kg.",
            "naïve café, Größe",
            "नमस्ते दुनिया",
            "山田 太郎は東京にいます。",
            "emoji 👩‍💻 and flags 🇫🇷",
            "def run(self):\n\treturn {'a': 1}\n",
            "https://ada.dev/one?two=3#four",
            "w" * 500,
        ],
    )
    def test_tokens_follow_each_other_and_cover_every_letter(self, embedder: Embedder, text: str) -> None:
        offsets = embedder.tokenizer.offsets(text)

        assert offsets == sorted(offsets)
        assert all(0 <= start < end <= len(text) for start, end in offsets)
        covered = {place for start, end in offsets for place in range(start, end)}
        assert {place for place, sign in enumerate(text) if sign.isalnum()} <= covered

    @pytest.mark.parametrize("text", ["", " \t\n"])
    def test_nothing_has_no_tokens(self, embedder: Embedder, text: str) -> None:
        assert embedder.tokenizer.offsets(text) == []

    def test_there_is_room_for_text_beside_the_special_tokens(self, embedder: Embedder) -> None:
        assert 0 <= embedder.tokenizer.special_tokens < embedder.tokenizer.max_tokens
