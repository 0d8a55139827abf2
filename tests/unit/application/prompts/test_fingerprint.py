"""The hash of a prompt changes with all that decides what it says, and with nothing else."""

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llm_engineering.application.prompts.code_prompts import CodePrompt
from llm_engineering.application.prompts.fingerprint import UntraceablePromptError, function_text, prompt_hash
from llm_engineering.application.prompts.source import ExpandInputs
from llm_engineering.domain.language_models import ChatMessage, Role

MODULE = '''
import re
from collections.abc import Mapping
from typing import Final

from llm_engineering.application.prompts.source import ExpandInputs
from llm_engineering.domain.language_models import ChatMessage, Role

UNUSED = "nobody reads this"
GREETINGS: Final = {"en": "Hello", "de": "Hallo"}
NUMBER: Final = 1
PATTERN: Final = re.compile("a+")


def greeted(text: str) -> str:
    """Return a greeting."""
    if text == "never in a sample":
        return "Bye"
    return GREETINGS["en"] + text


def expand_v1(inputs: ExpandInputs) -> tuple[ChatMessage, ...]:
    """Reword.

    And more.
    """
    question = PATTERN.sub("a", inputs.question)  # shortened
    return (ChatMessage(role=Role.USER, content=greeted(question) * NUMBER),)
'''

Loaded = Callable[[str], str]


@pytest.fixture
def hash_of(tmp_path: Path) -> Loaded:
    """Return a function that writes a module and returns the hash of its prompt."""
    numbers = iter(range(1000))

    def loaded(text: str) -> str:
        path = tmp_path / f"prompt_module_{next(numbers)}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location("prompt_module", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["prompt_module"] = module  # as an import would; typing looks there
        spec.loader.exec_module(module)
        return CodePrompt(module.expand_v1, (ExpandInputs(question="Why?", count=2),)).reference.content_hash

    return loaded


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('PATTERN.sub("a"', 'PATTERN.sub("b"'),  # the function, where no sample shows it
        ("# shortened", "# cut"),
        ('return "Bye"', 'return "Ciao"'),  # a helper, where no sample shows it
        ('"Hallo"', '"Moin"'),  # a constant of a helper, where no sample shows it
        ('"Hello"', '"Hi"'),
        ("NUMBER: Final = 1", "NUMBER: Final = 2"),
        ('re.compile("a+")', 're.compile("a+", re.IGNORECASE)'),
    ],
)
def test_any_change_of_what_a_prompt_is_made_of_changes_its_hash(hash_of: Loaded, before: str, after: str) -> None:
    assert before in MODULE
    assert hash_of(MODULE.replace(before, after)) != hash_of(MODULE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("nobody reads this", "really nobody"),
        ("And more.", "And less."),
        ('    """Return a greeting."""\n', ""),
        ("import re\n", "import re\nimport json\n"),
        ("UNUSED", "\n\nUNUSED"),
    ],
)
def test_what_a_prompt_does_not_use_and_docstrings_do_not_count(hash_of: Loaded, before: str, after: str) -> None:
    assert before in MODULE
    assert hash_of(MODULE.replace(before, after)) == hash_of(MODULE)


def test_line_ends_do_not_count(hash_of: Loaded) -> None:
    assert hash_of(MODULE.replace("\n", "\r\n")) == hash_of(MODULE)


def test_the_hash_is_the_one_that_it_has_always_been(hash_of: Loaded) -> None:
    # Computed once with Python 3.11; another machine or version has to come to the same.
    assert hash_of(MODULE) == "83d36ad4f91ab27f38c92e3eaff5a5cea7434514ff5e4344d8a4be3923802f53"


def test_what_is_said_counts() -> None:
    said = [[ChatMessage(role=Role.USER, content="a")], [ChatMessage(role=Role.SYSTEM, content="a")]]

    assert prompt_hash(function_text, said[:1]) != prompt_hash(function_text, said[1:])


def test_what_cannot_be_hashed_is_refused(hash_of: Loaded) -> None:
    text = MODULE.replace("NUMBER: Final = 1", "NUMBER = object()").replace("* NUMBER", "* (1 if NUMBER else 2)")

    with pytest.raises(UntraceablePromptError, match="uses NUMBER, which is 'object'"):
        hash_of(text)


def test_a_module_of_the_project_is_refused(hash_of: Loaded) -> None:
    text = MODULE.replace("import re\n", "import re\nimport sys\n", 1)
    text = text.replace("NUMBER: Final = 1", "NUMBER: Final = 1\nITSELF = sys.modules[__name__]")
    text = text.replace("greeted(question)", "ITSELF.greeted(question)")

    with pytest.raises(UntraceablePromptError, match="uses ITSELF, which is 'module'"):
        hash_of(text)


def test_a_lambda_is_no_prompt() -> None:
    with pytest.raises(TypeError, match=re.escape("called NAME_VERSION, such as answer_v1")):
        CodePrompt(lambda inputs: (), ()).reference  # noqa: B018 - the property raises


def test_the_text_of_a_function_has_no_docstring() -> None:
    def worded(text: str) -> str:
        """Say "ä" and more."""
        return text

    assert function_text(worded) == "def worded(text: str) -> str:\n    return text\n"
