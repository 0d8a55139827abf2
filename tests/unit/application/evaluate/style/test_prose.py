from llm_engineering.application.evaluate.style.prose import prose, sentences, words

PAGE = """# A heading.

Ada Lovelace\u2019s engine [runs](https://ada.dev/x). See www.ada.dev or `run()`.

```python
print("not style.")
```

- An item ends. [1]
- no end

> Someone else said this.

| a | b. |

    code.
"""


def test_only_sentences_of_the_author_are_left_in_plain_letters() -> None:
    assert prose(PAGE, ["Ada Lovelace"]) == ["engine runs. See or .", "An item ends."]


def test_what_follows_the_last_sentence_is_left_out() -> None:
    assert prose("One. Two! three") == ["One. Two!"]
    assert prose("no sentence") == []
    assert prose("") == []


def test_sentences_and_words() -> None:
    assert sentences('He said "no." Why? I don\'t know.') == ['He said "no.', "Why?", "I don't know."]
    assert words("I DON'T know 3 things") == ["i", "don't", "know", "things"]
