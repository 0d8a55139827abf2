from llm_engineering.application.crawl.exports.pieces import first_words, published_address


def test_a_title_is_the_first_line_or_as_many_words_of_it_as_fit() -> None:
    assert first_words("\n  Hello there \nworld") == "Hello there"
    assert first_words("word " * 40) == "word " * 15 + "word…"
    assert first_words("x" * 100) == "x" * 80 + "…"
    assert first_words(" ") == ""


def test_an_address_is_that_of_the_page() -> None:
    assert published_address(" HTTPS://Ada.dev/a?utm_source=x&b=1#top ") == "https://ada.dev/a?b=1"
    assert published_address("") is None
    assert published_address("file:///etc/passwd") is None
    assert published_address(None) is None
