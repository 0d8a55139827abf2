from llm_engineering.application.datasets.grouping import copy_groups, inseparable_groups
from tests.support.datasets import document, extract

LONG = (
    "The analytical engine weaves algebraic patterns just as the loom of Jacquard weaves flowers and leaves, and it "
    "holds a position wholly its own among all machines that were ever built to reckon."
)
OTHER = (
    "A sailor who wants to know when the tide will turn looks at the moon first and at his tables second, because no "
    "table knows what the wind of last night did to the water in the bay."
)


def test_a_document_alone_is_its_own_group() -> None:
    assert copy_groups([document(LONG, "one"), document(OTHER, "two")]) == {"one": "one", "two": "two"}
    assert copy_groups([]) == {}


def test_versions_of_one_document_are_in_one_group() -> None:
    longer = f"{LONG} That was added later."

    assert copy_groups([document(longer, "b"), document(LONG, "c"), document(OTHER, "a")]) == {
        "a": "a", "b": "b", "c": "b",
    }  # fmt: skip


def test_short_texts_of_the_same_words_are_copies() -> None:
    groups = copy_groups([document("Shipped it!", "b"), document("shipped *it*", "a"), document("Shipped that!", "c")])

    assert groups == {"a": "a", "b": "a", "c": "c"}


def test_a_paragraph_that_two_documents_share_keeps_them_together() -> None:
    shared = "The mill takes two numbers out of the store."
    extracts = [
        extract(f"First comes this.\n\n{shared}", document_id="c"),
        extract(f"{shared.upper()}\n\nThen comes that.", document_id="b"),
        extract("It reckons well.", document_id="a"),
        extract("It reckons well.", document_id="d"),
    ]
    groups = {"a": "a", "b": "b", "c": "c", "d": "d", "e": "c"}

    assert inseparable_groups(groups, extracts) == {"a": "a", "b": "b", "c": "b", "d": "d", "e": "b"}
