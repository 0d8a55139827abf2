import pytest

from steps.figures import is_number, is_table, shown_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        (1234.25, "1,234.25"),
        (True, "True"),
        (None, ""),
        ("data/vectors", "data/vectors"),
        ({}, "none"),
        ({"articles": 1200, "posts": 1}, "articles 1,200, posts 1"),
        ({"ada.dev": {"stored": 2, "failed": 1}}, "ada.dev stored 2, failed 1"),
        (["a", "b"], "['a', 'b']"),
    ],
)
def test_figures_are_written_as_people_do(value: object, expected: str) -> None:
    assert shown_value(value) == expected


def test_truth_is_no_number() -> None:
    assert [is_number(value) for value in (0, 0.5, True, "1", None)] == [True, True, False, False, False]


@pytest.mark.parametrize("value", [{}, {"a": 1}, {"a": {"b": 1}, "c": 1}, "a"])
def test_only_figures_of_figures_are_a_table(value: object) -> None:
    assert not is_table(value)
    assert is_table({"ada.dev": {"new": 1}, "bob.dev": {}})
