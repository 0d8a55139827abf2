"""What every `TextReader` promises, as tests: a suite subclasses this and defines the fixture `reader`."""

from math import log

import pytest

from llm_engineering.application.evaluate.model_scoring.likelihood import EmptyTextError, TextReader

SHORT = "The glass tide comes in twice a day."
LONG = f"{SHORT} Nobody has seen it at noon, as far as anybody knows. " * 12


class TextReaderContract:
    """Holds for every model that says how likely it finds texts."""

    @pytest.fixture
    def reader(self) -> TextReader:
        raise NotImplementedError

    @pytest.mark.parametrize("text", [SHORT, LONG, "ö", " ", "\U0001f680"])
    def test_all_bytes_are_counted_and_each_token_costs_something(self, reader: TextReader, text: str) -> None:
        found = reader.likelihood(text)

        assert found.utf8_bytes == len(text.encode())
        assert found.tokens >= 1
        assert found.nats > 0
        assert found.bits_per_byte == pytest.approx(found.nats / log(2) / len(text.encode()))

    def test_the_same_text_is_as_likely_again(self, reader: TextReader) -> None:
        assert reader.likelihood(LONG) == reader.likelihood(LONG)

    def test_nothing_cannot_be_predicted(self, reader: TextReader) -> None:
        with pytest.raises(EmptyTextError):
            reader.likelihood("")
