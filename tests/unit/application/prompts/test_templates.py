"""Templates are filled with what their prompt is given, and reach nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.prompts.source import ExpandInputs, UnknownPromptError
from llm_engineering.application.prompts.templates import (
    Pieces,
    Placeholder,
    TemplatePrompt,
    UnusableTemplateError,
    brace_pieces,
    mustache_pieces,
)
from llm_engineering.domain.language_models import Role

QUESTION = Placeholder("question")


def prompt(*pieces: str | Placeholder, name: str = "expand", version: str = "s1") -> TemplatePrompt:
    return TemplatePrompt(name, version, [(Role.USER, pieces)], origin="store")


@pytest.mark.parametrize(
    ("template", "pieces"),
    [
        ("Reword: {question}", ("Reword: ", QUESTION)),
        ("{question}{count}", (QUESTION, Placeholder("count"))),
        ('{{"questions": []}} {question}', ("{", '"questions": []}', " ", QUESTION)),
        ("", ()),
    ],
)
def test_braces_are_taken_apart(template: str, pieces: Pieces) -> None:
    taken = brace_pieces("expand", template)

    assert [piece for piece in taken if isinstance(piece, Placeholder)] == [
        piece for piece in pieces if isinstance(piece, Placeholder)
    ]
    assert "".join(map(str, taken)) == "".join(map(str, pieces))


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{question.__class__}", "'{question.__class__}' is no plain placeholder"),
        ("{question[0]}", r"'{question\[0\]}' is no plain placeholder"),
        ("{question!r}", "'{question!r}' is no plain placeholder"),
        ("{question:>999999999}", "'{question:>999999999}' is no plain placeholder"),
        ("{}", "'{}' is no plain placeholder"),
        ("{0}", "'{0}' is no plain placeholder"),
        ('{"questions": []}', "is no plain placeholder"),
        ("{question", "a brace stands alone"),
        ("question}", "a brace stands alone"),
    ],
)
def test_only_names_stand_between_braces(template: str, fault: str) -> None:
    with pytest.raises(UnusableTemplateError, match=fault):
        brace_pieces("expand", template)


@pytest.mark.parametrize(
    ("template", "pieces"),
    [
        ("Reword: {{question}}", ("Reword: ", QUESTION)),
        ("{{ question }} {x}", (QUESTION, " {x}")),
        ("plain", ("plain",)),
    ],
)
def test_double_braces_are_taken_apart(template: str, pieces: Pieces) -> None:
    assert mustache_pieces("expand", template) == pieces


@pytest.mark.parametrize(
    "template",
    ["{{#question}}x{{/question}}", "{{> part}}", "{{question", "{{{question}}}", "{{question.length}}", "{{}}"],
)
def test_only_names_stand_between_double_braces(template: str) -> None:
    with pytest.raises(UnusableTemplateError):
        mustache_pieces("expand", template)


def test_an_unknown_placeholder_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnusableTemplateError) as caught:
        prompt(QUESTION, Placeholder("cuont"))

    assert caught.value.faults == ("there is no placeholder 'cuont'. Did you mean 'count'?",)
    assert caught.value.remedy == "Its placeholders are count, question; braces that are meant are doubled."


def test_a_template_without_what_its_prompt_is_about_is_refused() -> None:
    with pytest.raises(UnusableTemplateError, match="the placeholder 'question' is missing"):
        prompt("Reword something.")


def test_a_prompt_that_nothing_uses_is_refused() -> None:
    with pytest.raises(UnknownPromptError, match="There is no prompt 'reword'"):
        prompt(QUESTION, name="reword")


def test_a_placeholder_is_not_the_same_as_its_name() -> None:
    hashes = {
        prompt(QUESTION, Placeholder("count")).reference.content_hash,
        prompt(QUESTION, "{count}").reference.content_hash,
        prompt(QUESTION, "count").reference.content_hash,
    }

    assert len(hashes) == 3


def test_a_version_is_not_part_of_the_hash() -> None:
    assert prompt(QUESTION).reference.content_hash == prompt(QUESTION, version="s2").reference.content_hash


@given(st.text(max_size=60))
def test_what_is_filled_in_is_never_read_as_a_template(question: str) -> None:
    asked = ExpandInputs(question=f"{{count}}{{question}}{question}", count=7)

    (message,) = prompt("A ", QUESTION, " Z").rendered(asked).messages

    assert message.content.startswith("A <question>\n{count}{question}")
    assert message.content.endswith("\n</question> Z")
