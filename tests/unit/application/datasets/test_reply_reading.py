import json

import pytest

from llm_engineering.application.datasets.reply_reading import read_reply
from llm_engineering.domain.samples import SampleKind

ONE = {"instruction": "What does it do?", "answer": "It weaves."}
TWO = {"instruction": "Does it reckon?", "answer": 'It does, "well", [they say,] and {so} on.'}
REPLY = json.dumps({"samples": [ONE, TWO]})


def read(text: str) -> tuple[list[dict[str, str]], bool] | None:
    found = read_reply(text, SampleKind.INSTRUCT)
    return ([dict(item) for item in found.reply.samples], found.is_whole) if found else None


@pytest.mark.parametrize(
    "text",
    [
        REPLY,
        f"```json\n{REPLY}\n```",
        f"Here you are:\n{REPLY}\nAnything else?",
        json.dumps([ONE, TWO]),
        REPLY.replace("}]}", "},]}"),
        REPLY.replace('"}', '",}'),
        json.dumps({"samples": [{**ONE, "note": "first"}, TWO], "thoughts": "none"}),
    ],
)
def test_samples_are_read_whatever_is_around_them(text: str) -> None:
    assert read(text) == ([ONE, TWO], True)


def test_line_breaks_inside_strings_are_read() -> None:
    text = '{"samples": [{"instruction": "What?", "answer": "One.\nTwo."}]}'

    assert read(text) == ([{"instruction": "What?", "answer": "One.\nTwo."}], True)


@pytest.mark.parametrize("cut", ['"}]}', '"answer": "It does', "}]}", "]}"])
def test_of_a_reply_that_breaks_off_the_whole_samples_are_read(cut: str) -> None:
    found = read(REPLY[: REPLY.rindex(cut)])

    assert found is not None
    assert found[0][0] == ONE
    assert found[1] is False


def test_of_samples_that_lack_something_the_others_are_read() -> None:
    assert read(json.dumps({"samples": [{"instruction": "What?"}, ONE]})) == ([ONE], False)


@pytest.mark.parametrize("text", ["", "I would rather not.", '{"answer": "yes"}', '{"samples": [', "{" * 500])
def test_a_reply_without_samples_is_none(text: str) -> None:
    assert read(text) is None


def test_a_reply_that_finds_nothing_is_one() -> None:
    assert read('{"samples": []}') == ([], True)


def test_preference_samples_have_two_answers() -> None:
    found = read_reply(
        '{"samples": [{"instruction": "What?", "chosen": "It weaves.", "rejected": "Much."}]}', SampleKind.PREFERENCE
    )

    assert found is not None
    assert [dict(item) for item in found.reply.samples] == [
        {"instruction": "What?", "chosen": "It weaves.", "rejected": "Much."}
    ]
    assert read_reply(REPLY, SampleKind.PREFERENCE) is None
