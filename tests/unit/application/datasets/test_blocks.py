from llm_engineering.application.datasets.blocks import (
    Block,
    BlockKind,
    block_key,
    document_blocks,
    furniture,
    joined_lines,
    without_furniture,
)
from llm_engineering.domain.documents import Category
from tests.support.datasets import document


def blocks(text: str, **changes: Category) -> list[tuple[BlockKind, str]]:
    return [(each.kind, each.text) for each in document_blocks(document(text, "one", **changes))]


def test_blocks_are_what_they_look_like() -> None:
    text = """## Engines

An engine weaves **patterns**. It does so well.

Its parts are:

  * a mill, which reckons with numbers of fifty digits
  * a store, which keeps a thousand of them for later

```
run(1)
```

    run(2)

Home

![Loom](loom.png)

> Somebody else said so.

A loom [Image by the Author].

| a | b |
|---|---|
| 1 | 2 |"""

    assert [kind for kind, _ in blocks(text)] == [
        BlockKind.HEADING,
        BlockKind.PROSE,
        BlockKind.OPENING,
        BlockKind.LIST,
        BlockKind.CODE,
        BlockKind.CODE,
        BlockKind.FRAGMENT,
        BlockKind.OTHER,
        BlockKind.OTHER,
        BlockKind.FRAGMENT,
        BlockKind.OTHER,
    ]


def test_a_block_knows_its_place_and_headings() -> None:
    text = "# Notes\n\nFirst one.\n\n## Loops\n\nSecond one."

    places = [(each.start, each.end, each.heading_path) for each in document_blocks(document(text))]
    assert places == [
        (0, 7, ("Notes",)),
        (9, 19, ("Notes",)),
        (21, 29, ("Notes", "Loops")),
        (31, 42, ("Notes", "Loops")),
    ]


def test_a_heading_that_a_line_break_cut_is_whole() -> None:
    text = (
        "### How to apply the design of three pipelines when building a real-\ntime adviser\n\n"
        "One builds them apart. Then one joins them."
    )

    found = list(document_blocks(document(text)))
    assert [each.kind for each in found] == [BlockKind.HEADING, BlockKind.HEADING, BlockKind.PROSE]
    assert found[2].heading_path == ("How to apply the design of three pipelines when building a real-time adviser",)


def test_the_paragraph_right_below_a_short_heading_is_a_paragraph() -> None:
    assert blocks("## Loops\nThey repeat.") == [(BlockKind.HEADING, "## Loops"), (BlockKind.PROSE, "They repeat.")]


def test_the_lines_of_a_post_need_no_full_stop() -> None:
    assert blocks("Shipped it 🚀\n\n# winning", category=Category.POSTS) == [
        (BlockKind.PROSE, "Shipped it 🚀"),
        (BlockKind.PROSE, "# winning"),
    ]


def test_what_stands_in_three_documents_is_furniture_and_copies_count_once() -> None:
    def block(text: str) -> Block:
        return Block(0, len(text), BlockKind.PROSE, (), text)

    held = {name: [block("Please subscribe."), block(f"Only in {name}.")] for name in ("a", "b", "c")}

    assert furniture(held, {"a": "a", "b": "b", "c": "c"}) == {"please subscribe"}
    assert furniture(held, {"a": "a", "b": "b", "c": "b"}) == frozenset()
    marked = without_furniture([block("PLEASE  *subscribe*!"), block("Only in a.")], frozenset({"please subscribe"}))
    assert [each.kind for each in marked] == [BlockKind.FURNITURE, BlockKind.PROSE]


def test_the_key_of_a_block_is_its_words() -> None:
    assert block_key("**See** [the notes](https://ada.dev), _please_!") == "see the notes please"


def test_lines_are_joined_and_cut_words_are_whole() -> None:
    assert joined_lines(["It is fine-", "tuned on", "  real data."]) == "It is fine-tuned on real data."
    assert joined_lines(["A mill -", "and a Store-", "Keeper."]) == "A mill - and a Store- Keeper."
