from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.preprocess.chunking import (
    Chunking,
    ChunkTooLongError,
    chunks_of,
    chunks_of_documents,
    covered_characters,
    quartiles,
)
from llm_engineering.domain.chunks import Chunk, LineRange
from llm_engineering.domain.documents import OmittedLines
from tests.support.documents import chunk, cleaned
from tests.support.fakes import WordTokenizer

ALONE = Chunking(min_tokens=0)


def chunked(text: str, *, max_tokens: int = 32, title: str = "", code: bool = False) -> list[Chunk]:
    return chunks_of(cleaned(text, title=title, code=code), WordTokenizer(max_tokens), ALONE)


class TestText:
    def test_a_chunk_is_its_span_of_the_document(self) -> None:
        text = "# One\n\nfirst\n\n# Two\n\nsecond\n"

        assert [(item.text, (item.span.start, item.span.end)) for item in chunked(text)] == [
            ("# One\n\nfirst\n\n", (0, 14)),
            ("# Two\n\nsecond\n", (14, 28)),
        ]

    def test_a_section_longer_than_the_limit_is_cut_at_paragraphs(self) -> None:
        paragraphs = ["w " * 12 + "\n\n", "x " * 12 + "\n\n", "y " * 12]

        # 16 tokens less two special ones leave room for one paragraph of 12.
        assert [item.text for item in chunked("".join(paragraphs), max_tokens=16)] == paragraphs

    def test_headings_in_code_are_comments(self) -> None:
        (only,) = chunked("# a comment\nx = 1\n\n# another\ny = 2\n", code=True)

        assert only.heading_path == ()

    @given(
        st.text(alphabet=st.sampled_from("ab .#`-\n"), max_size=400),
        st.integers(min_value=16, max_value=40),
        st.integers(min_value=0, max_value=20),
    )
    def test_nothing_is_lost_and_nothing_is_too_long(self, text: str, max_tokens: int, min_tokens: int) -> None:
        document = cleaned(text, title="a title of five words")
        chunks = chunks_of(document, WordTokenizer(max_tokens), Chunking(min_tokens=min_tokens))

        assert "".join(item.text for item in chunks) == text
        assert all(item.token_count <= max_tokens for item in chunks)
        assert all(item.text == text[item.span.start : item.span.end] for item in chunks)
        assert len({item.id for item in chunks}) == len(chunks)


class TestContext:
    def test_title_and_headings_are_indexed_before_the_text(self) -> None:
        (found,) = chunks_of(cleaned("# A\n## B\ntext", title="T"), WordTokenizer(), Chunking())

        assert found.indexed_text == "T > A > B\n# A\n## B\ntext"
        assert found.heading_path == ("A", "B")

    def test_a_heading_that_the_title_holds_is_not_repeated(self) -> None:
        assert [item.context for item in chunked("# Engines\ntext", title="Engines - Ada")] == ["Engines - Ada"]

    def test_without_title_and_headings_there_is_no_context(self) -> None:
        assert [item.indexed_text for item in chunked("text")] == ["text"]

    def test_author_and_day_of_publication_stand_after_the_headings(self) -> None:
        document = cleaned("# A\ntext", title="T", author="Ada Lovelace")
        dated = document.provenance.model_copy(update={"published_at": datetime(2024, 5, 1, 23, tzinfo=UTC)})

        (undated,) = chunks_of(document, WordTokenizer(), Chunking())
        (found,) = chunks_of(document.model_copy(update={"provenance": dated}), WordTokenizer(), Chunking())

        assert undated.context == "T > A (Ada Lovelace)"
        assert found.context == "T > A (Ada Lovelace, 2024-05-01)"
        assert found.text == "# A\ntext"

    def test_title_and_headings_make_room_for_the_author(self) -> None:
        document = cleaned("text", title="a b c d e f", author="Ada Lovelace")

        (found,) = chunks_of(document, WordTokenizer(24), Chunking(max_tokens=24))

        assert found.context == "a b (Ada Lovelace)"

    @pytest.mark.parametrize(("author", "context"), [("Ada Lovelace", "(Ada Lovelace)"), ("A B C D", "(A B C")])
    def test_where_there_is_no_room_the_author_goes_first(self, author: str, context: str) -> None:
        (found,) = chunks_of(cleaned("text", title="a b", author=author), WordTokenizer(16), Chunking(max_tokens=16))

        assert found.context == context

    def test_a_long_context_is_cut_to_a_quarter_of_the_tokens(self) -> None:
        assert [item.context for item in chunked("text", max_tokens=16, title="a b c d e f")] == ["a b c d"]

    def test_the_count_includes_context_and_special_tokens(self) -> None:
        assert [item.token_count for item in chunked("one two", title="a b c")] == [2 + 3 + 2]


class TestIdentity:
    TEXT = "# One\n\nfirst words here\n\n# Two\n\nsecond words here\n\n# Three\n\nthird words here\n"

    def test_a_passage_that_moves_keeps_its_id(self) -> None:
        before = {item.text: item.id for item in chunked(self.TEXT)}
        after = {item.text: item.id for item in chunked("# Zero\n\nnew\n\n" + self.TEXT)}

        assert {text: after[text] for text in before} == before

    def test_an_edit_changes_the_id_of_its_chunk_only(self) -> None:
        before = {item.id for item in chunked(self.TEXT)}
        after = {item.id for item in chunked(self.TEXT.replace("second", "2nd"))}

        assert len(before & after) == 2
        assert len(after) == 3

    def test_repeated_passages_have_different_ids(self) -> None:
        first, second = chunked("# Same\n\nwords\n\n# Same\n\nwords\n\n")

        assert first.text == second.text
        assert first.id != second.id

    def test_the_same_words_in_another_document_have_another_id(self) -> None:
        (here,) = chunks_of(cleaned("words", link="https://ada.dev/a"), WordTokenizer(), ALONE)
        (there,) = chunks_of(cleaned("words", link="https://ada.dev/b"), WordTokenizer(), ALONE)

        assert here.id != there.id


class TestFigures:
    def test_they_show_that_all_is_covered_and_nothing_cut(self) -> None:
        documents = [cleaned("one two three", link="https://ada.dev/a"), cleaned("four", link="https://b.dev/b")]

        figures = chunks_of_documents(documents, WordTokenizer(20), Chunking()).figures

        assert figures["documents"] == 2
        assert figures["chunks"] == 2
        assert figures["covered_characters_percent"] == 100.0
        assert figures["chunks_cut_by_the_model"] == 0
        assert figures["tokens_per_chunk"] == {"min": 3, "q1": 3.5, "median": 4, "q3": 4.5, "max": 5}
        assert figures["per_domain"] == {"ada.dev": 1, "b.dev": 1}

    def test_without_documents_nothing_is_missing(self) -> None:
        figures = chunks_of_documents([], WordTokenizer(20), Chunking()).figures

        assert figures["covered_characters_percent"] == 100.0
        assert figures["tokens_per_chunk"] == {}

    def test_covered_characters_count_overlaps_once_and_gaps_not(self) -> None:
        chunks = [
            chunk("abcdef", chunk_id="1", start=0),
            chunk("ef", chunk_id="2", start=4),
            chunk("ij", chunk_id="3", start=8),
            chunk("ab", chunk_id="4", start=0, document_id="other"),
        ]

        assert covered_characters(chunks) == 6 + 2 + 2

    def test_quartiles_of_one_value_are_that_value(self) -> None:
        assert quartiles([7]) == {"min": 7, "q1": 7, "median": 7, "q3": 7, "max": 7}


def test_more_tokens_than_the_model_reads_are_refused() -> None:
    with pytest.raises(ChunkTooLongError, match="max_tokens is 300, but the embedding model reads 256"):
        chunks_of(cleaned("text"), WordTokenizer(256), Chunking(max_tokens=300))


class GreedyTokenizer(WordTokenizer):
    """Reads a text in more tokens than its parts have: one more for every ten characters."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return super().offsets(text) + [(len(text), len(text))] * (len(text) // 10)


def test_a_tokenizer_that_is_not_additive_still_gets_chunks_that_fit() -> None:
    text = "word " * 200

    chunks = chunks_of(cleaned(text), GreedyTokenizer(32), ALONE)

    assert "".join(item.text for item in chunks) == text
    assert max(item.token_count for item in chunks) <= 32


class TestLines:
    def test_a_chunk_knows_its_lines_in_the_source(self) -> None:
        found = chunked("# One\n\nfirst\n\n# Two\n\nsecond")

        assert [item.lines for item in found] == [LineRange(first=1, last=4), LineRange(first=5, last=7)]

    def test_blank_lines_that_cleaning_left_out_are_counted(self) -> None:
        document = cleaned("# One\n\nfirst\n").model_copy(
            update={"omitted_lines": (OmittedLines(before=1, count=2), OmittedLines(before=3, count=1))}
        )

        (found,) = chunks_of(document, WordTokenizer(), ALONE)

        assert found.lines == LineRange(first=3, last=6)
