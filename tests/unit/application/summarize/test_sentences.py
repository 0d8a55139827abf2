import pytest

from llm_engineering.application.summarize.sentences import prose_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ()),
        ("# One heading of five words\n\nToo short.", ()),
        ("The first one has words. Does the second one too? Yes, it has words too!",
         ("The first one has words.", "Does the second one too?", "Yes, it has words too!")),
        ("It was written by Dr. Smith and J. Doe in 1999. Nobody else took part in it.",
         ("It was written by Dr. Smith and J. Doe in 1999.", "Nobody else took part in it.")),
        ("Version 2.5 of the engine is out e.g. for Linux.", ("Version 2.5 of the engine is out e.g. for Linux.",)),
        ("A line that is\nbroken in the middle.", ("A line that is broken in the middle.",)),
        ("Look at **this bold** and [that link](https://x.org) here.", ("Look at this bold and that link here.",)),
        ("- a list item is a sentence too.\n- but this one has no end", ("a list item is a sentence too.",)),
        ("```\nthis code is not a sentence.\n```", ()),
        ("> this quote is not of the author.", ()),
        ("| a table has cells too many | b |\n|---|---|\n| not a sentence at all here | c |", ()),
        ("文書をそのまま要約する方法を説明します。二つ目の文もここにあります。",
         ("文書をそのまま要約する方法を説明します。", "二つ目の文もここにあります。")),
    ],
)  # fmt: skip
def test_sentences_of_prose_are_found(text: str, sentences: tuple[str, ...]) -> None:
    assert prose_sentences(text) == sentences
