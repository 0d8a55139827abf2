import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.language_models.quotable import Kind, blocks, sentences
from llm_engineering.application.language_models.quoting import quotes
from llm_engineering.application.language_models.tokens import counted_tokens
from llm_engineering.domain.language_models import Evidence

STOP_WORDS = {"the", "a", "is", "do", "how", "i", "to", "of", "and", "in", "it", "what"}


def stems(text: str) -> list[int]:
    """Return a number for each word without its plural s."""
    words = [word.strip(".,:;?!`*").lower() for word in text.split()]
    return [sum(ord(c) * 131**i for i, c in enumerate(w.rstrip("s"))) for w in words if w and w not in STOP_WORDS]


def evidence(*texts: str) -> list[Evidence]:
    return [Evidence(number=number, title="Tides", text=text) for number, text in enumerate(texts, start=1)]


def quoted(question: str, *texts: str, max_tokens: int = 500) -> str:
    return quotes(question, evidence(*texts), stems, max_tokens=max_tokens).text


class TestBlocks:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", []),
            ("One.\nTwo.\n\nThree.", [(Kind.PROSE, "One.\nTwo."), (Kind.PROSE, "Three.")]),
            ("# Title\nText.", [(Kind.HEADING, "# Title"), (Kind.PROSE, "Text.")]),
            ("```py\na = 1\n\nb = 2\n```\nText.", [(Kind.CODE, "```py\na = 1\n\nb = 2\n```"), (Kind.PROSE, "Text.")]),
            ("- one\n  more\n\n- two\n\nText.", [(Kind.LIST, "- one\n  more\n\n- two"), (Kind.PROSE, "Text.")]),
            ("1. one\n2. two", [(Kind.LIST, "1. one\n2. two")]),
            ("| a |\n|---|\n| b |\n\nText.", [(Kind.TABLE, "| a |\n|---|\n| b |"), (Kind.PROSE, "Text.")]),
            ("Run this:\n\n```\nmake\n```", [(Kind.CODE, "Run this:\n\n```\nmake\n```")]),
            ("    indented = 1\n\nText.", [(Kind.CODE, "    indented = 1"), (Kind.PROSE, "Text.")]),
        ],
    )
    def test_they_are_what_belongs_together(self, text: str, expected: list[tuple[Kind, str]]) -> None:
        assert [(block.kind, text[block.start : block.end]) for block in blocks(text)] == expected

    def test_code_that_is_cut_is_made_whole(self) -> None:
        end, beginning = blocks("b = 2\n```\n\nText.")[0], blocks("Text.\n\n~~~py\na = 1\n")[1]

        assert (end.kind, end.before, end.behind) == (Kind.CODE, "```\n", "")
        assert (beginning.kind, beginning.before, beginning.behind) == (Kind.CODE, "", "\n~~~")

    @given(st.text(alphabet="ab .\n`#-|~1:\t", max_size=80))
    def test_between_them_are_blank_lines_only(self, text: str) -> None:
        found = blocks(text)
        rest, place = "", 0
        for block in found:
            assert place <= block.start < block.end
            rest += text[place : block.start]
            place = block.end

        assert (rest + text[place:]).strip() == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("See e.g. Smith. Then go.", ["See e.g. Smith.", "Then go."]),
        ("A [link. Two](u) ends. Next.", ["A [link. Two](u) ends.", "Next."]),
        ("Run `a. b` now. Next.", ["Run `a. b` now.", "Next."]),
        ("潮が来る。夜も。", ["潮が来る。", "夜も。"]),
    ],
)
def test_a_sentence_is_whole(text: str, expected: list[str]) -> None:
    (block,) = blocks(text)

    assert [text[start:end] for start, end in sentences(text, block)] == expected


class TestQuotes:
    def test_the_sentences_with_the_words_of_the_question_come_first(self) -> None:
        text = quoted(
            "How do tides rise?", "Cats sleep all day.", "Tides rise twice a day.", "At noon a tide may rise."
        )

        assert text == "Tides rise twice a day. [2]\n\nAt noon a tide may rise. [3]"

    def test_of_long_prose_neighbouring_sentences_are_quoted(self) -> None:
        text = "One is first. Two is next. A tide comes. The tide goes. Five is late. Six is last."

        assert quoted("tide", text) == "Two is next. A tide comes. The tide goes. [1]"

    def test_code_and_lists_stay_whole_and_the_mark_is_not_in_them(self) -> None:
        code = "Install tides like this:\n\n```bash\npip install tides\n```"

        assert quoted("install tides", code) == f"{code}\n\n[1]"
        assert quoted("tides", "- tides\n- moons") == "- tides\n- moons [1]"

    def test_without_a_shared_word_the_first_passages_are_quoted(self) -> None:
        text = quoted("xyzzy", "# Head\n\nFirst text.", "Second text.", "Third text.")

        assert text == "First text. [1]\n\nSecond text. [2]"

    def test_the_same_words_are_quoted_once(self) -> None:
        assert quoted("tides", "Tides rise daily.", "Tides rise daily!") == "Tides rise daily. [1]"

    def test_what_does_not_fit_is_left_out_and_said(self) -> None:
        found = quotes("tides", evidence("Tides rise.", "The tides of the moon fall."), stems, max_tokens=5)

        assert (found.text, found.is_cut) == ("Tides rise. [1]", True)

    @pytest.mark.parametrize(
        ("max_tokens", "expected"),
        [(12, "Tides rise now. They fall then. [1]"), (5, "Tides rise now. [1]"), (3, "Tides rise [1]"), (1, "")],
    )
    def test_if_nothing_fits_the_best_is_cut_after_a_sentence_or_a_word(self, max_tokens: int, expected: str) -> None:
        text = "Tides rise now. They fall then. Then they rest."

        assert quoted("tides", text, max_tokens=max_tokens) == expected

    def test_code_that_is_cut_is_closed(self) -> None:
        code = "```py\ntide = 1\nmoon = 2\nsun = 3\n```"

        assert quoted("tide", code, max_tokens=13) == "```py\ntide = 1\n```\n\n[1]"

    def test_nothing_to_quote_is_nothing(self) -> None:
        assert quoted("tides", "# Only a heading") == ""

    @given(
        texts=st.lists(st.text(alphabet="tides no.\n`-1", min_size=1, max_size=60), max_size=4),
        max_tokens=st.integers(1, 40),
    )
    def test_every_quote_is_word_by_word_from_its_passage_and_they_fit(self, texts: list[str], max_tokens: int) -> None:
        given_evidence = evidence(*texts)

        found = quotes("tides no", given_evidence, stems, max_tokens=max_tokens)

        for quote in found.quotes:
            assert given_evidence[quote.number - 1].text[quote.start : quote.end] == quote.text
            assert quote.text in quote.marked
            assert quote.marked.endswith(f"[{quote.number}]")
        assert counted_tokens(found.text) <= max_tokens
