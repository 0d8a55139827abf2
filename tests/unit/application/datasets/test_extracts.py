import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from llm_engineering.application.datasets.extracts import Extracting, Extracts, document_extracts
from llm_engineering.application.datasets.grouping import copy_groups
from llm_engineering.domain.documents import Category, CleanedDocument
from tests.support.datasets import document

SMALL = Extracting(min_words=5, max_words=12)


def found(*documents: CleanedDocument, extracting: Extracting = SMALL, **choice: tuple[Category, ...]) -> Extracts:
    return document_extracts(documents, extracting, copy_groups(documents), **choice)


def texts(text: str, extracting: Extracting = SMALL) -> list[str]:
    return [each.text for each in found(document(text), extracting=extracting).items]


def test_paragraphs_under_one_heading_are_joined_up_to_the_limit() -> None:
    text = (
        "# Notes\n\nOne two three four five.\n\nSix seven eight nine ten.\n\nOne more that stays by itself.\n\n"
        "## Next\n\nEnd."
    )

    made = found(document(text)).items
    assert [each.text for each in made] == [
        "One two three four five.\n\nSix seven eight nine ten.",
        "One more that stays by itself.",
        "End.",
    ]
    assert [each.heading_path for each in made] == [("Notes",), ("Notes",), ("Notes", "Next")]
    assert all(text[each.start : each.end] == each.text for each in made)


def test_a_short_rest_joins_the_piece_before_it() -> None:
    text = "One two three four five six seven eight nine ten.\n\nAnd a bit more."

    assert texts(text) == [text]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "One two three four five six seven. Eight nine ten eleven twelve. The last one has six words."

    assert texts(text) == [
        "One two three four five six seven. Eight nine ten eleven twelve.",
        "The last one has six words.",
    ]


def test_pictures_and_captions_part_extracts() -> None:
    text = "Before the picture.\n\n![Loom](loom.png)\n\nLoom [Image by Author]\n\nAfter the picture."

    assert texts(text) == ["Before the picture.", "After the picture."]


def test_what_is_announced_stays_with_its_announcement() -> None:
    code = "Run this:\n\n```\nrun()\n```"

    assert texts(f"{code}\n\nThis is next:") == [code]
    assert texts("This is next:\n\n![Loom](loom.png)") == []


def test_an_extract_begins_with_a_sentence() -> None:
    assert texts("system, which goes on here.\n\nA sentence of its own.") == ["A sentence of its own."]


def test_a_short_post_is_an_extract() -> None:
    post = document("Shipped it 🚀", category=Category.POSTS)

    assert [each.text for each in found(post).items] == ["Shipped it 🚀"]


def test_documents_that_give_nothing_are_dropped_with_the_reason() -> None:
    made = found(
        document("Share\n\nSubscribe", "one"),
        document("run()", "two", category=Category.REPOSITORIES, language="python"),
        document("A post.", "three", category=Category.POSTS),
        document("# Read me\n\nIt weaves.", "four", category=Category.REPOSITORIES, language="markdown"),
        categories=(Category.ARTICLES, Category.REPOSITORIES),
    )

    assert [each.text for each in made.items] == ["It weaves."]
    assert {drop.item: drop.reason for drop in made.dropped} == {
        "https://ada.dev/one": "no_prose",
        "https://ada.dev/two": "code",
        "https://ada.dev/three": "other_category",
    }
    assert made.figures["documents"] == 4
    assert made.figures["blocks"] == {"fragment": 2, "heading": 1, "prose": 1}


def test_a_block_of_many_documents_is_in_no_extract() -> None:
    engines = ("The mill reckons with long numbers.", "The store keeps them for later.", "The cards say what to do.")
    made = found(*(document(f"{text}\n\nSubscribe to my notes, please.", text[:8]) for text in engines))

    assert sorted(each.text for each in made.items) == sorted(engines)
    assert made.blocks == {"prose": 3, "furniture": 3}


def test_the_order_of_documents_plays_no_part() -> None:
    one, two = document("The mill reckons.", "one"), document("The store keeps.", "two")

    assert found(one, two) == found(two, one)


def test_sizes_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"min_words is 100, .* half of max_words, 150"):
        Extracting(min_words=100, max_words=150)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["One.", "two three", "## Four", "Five six. Seven!", "- a b", "    run()", "Eight:"])))
def test_extracts_are_places_of_the_text_that_do_not_overlap(blocks: list[str]) -> None:
    text = "\n\n".join(blocks)
    made = found(document(text)).items

    ends = [0, *(each.end for each in made)]
    assert all(text[each.start : each.end] == each.text for each in made)
    assert all(each.start >= end for each, end in zip(made, ends, strict=False))
