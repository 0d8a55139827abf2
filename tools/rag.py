"""Asks the twin: `python -m tools.rag --help`."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_engineering.domain.errors import InvalidInputError
from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.answer.answerer import HamiltonAnswerer
    from llm_engineering.application.answer.asking import Question
    from llm_engineering.application.answer.configuration import Answering
    from llm_engineering.application.tracing.port import Trace
    from llm_engineering.domain.answers import Answer

CATEGORIES = ("articles", "posts", "repositories")
CONFIG = "answering.yaml"
QUESTION = "How are documents cut into chunks so that no text is lost?"
"""A question that the demo's documents answer."""
_DAY = click.DateTime(["%Y-%m-%d"])


class UnreadableSettingError(InvalidInputError):
    """A value on the command line is no NAME=VALUE."""

    def __init__(self, given: str) -> None:
        super().__init__(
            f"--set {given[:80]!r} has no NAME before a =.",
            remedy="""Write for example --set 'queries={"texts": ["merging models"]}'; --show NAME prints such a value.""",
        )
        self.given = given


@click.command(
    context_settings={"max_content_width": 120},
    help="""Answer a question from the index, with numbered citations to check it by.

    \b
    Examples:
      python -m tools.rag --query "How do I fine-tune a model?"
      python -m tools.rag --query "What did Paul Iusztin write about feature stores in 2024?" --k 5
      python -m tools.rag --query "merging models" --category articles --since 2024-01-01 --stream
      python -m tools.rag --query "merging models" --explain
      python -m tools.rag --query "merging models" --set 'queries={"texts": ["mergekit", "merge LLMs"]}' --show passages
      python -m tools.rag --visualize graph.svg

    With a language model (docs/language-models.md) the answer is written in the author's voice; without one, or when it
    fails, it consists of the best passages, quoted as they were written. Nothing is stored in the index.""",
)
@click.option("--query", default=QUESTION, show_default=True, help="What to ask.")
@click.option(
    "--k", "limit", type=click.IntRange(1, 50), default=3, show_default=True, help="How many passages it may rest on."
)
@click.option("--author", help="Only what this person wrote, by full name.")
@click.option("--category", type=click.Choice(CATEGORIES), help="Only this kind of writing.")
@click.option("--platform", help='Only from this site or service, e.g. "medium".')
@click.option("--language", help='Only in this language, e.g. "en", or "python" of code.')
@click.option("--since", type=_DAY, help="Only what was published on this day or later; undated texts are left out.")
@click.option("--until", type=_DAY, help="Only what was published on this day or before; undated texts are left out.")
@click.option("--config", default=CONFIG, show_default=True, help="How to answer: a path, or a file in configs/.")
@click.option("--stream", is_flag=True, help="Print the answer while it is written.")
@click.option("--explain", is_flag=True, help="Print how the answer came about, step by step.")
@click.option(
    "--show", "shown", multiple=True, metavar="NAME", help="Print a value of the dataflow as JSON; repeatable."
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a value, as JSON, and compute the rest; repeatable.",
)
@click.option(
    "--visualize", type=click.Path(dir_okay=False, path_type=Path), help="Draw the dataflow: .svg, .png, .pdf or .dot."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
@told_errors
def main(
    *,
    config: str,
    stream: bool,
    explain: bool,
    shown: tuple[str, ...],
    overrides: tuple[str, ...],
    visualize: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - the fields of the question, as click read them
) -> None:
    """Answer a question."""
    configured_console(level="WARNING")
    answering = configured_answering(config)
    if visualize is not None:
        draw(answering, visualize)
        click.echo(f"The dataflow is drawn in {visualize}")
        return
    question = question_of(**asked)
    values = dict(map(_setting, overrides))
    if stream and not (values or shown or explain or as_json):
        from tools.answer_views import print_sources

        print_sources(asyncio.run(_streamed(answering, question)))
        return
    computed, trace = asyncio.run(_computed(answering, question, shown, values, explained=explain))
    _print(computed, trace, shown, as_json=as_json)


def configured_answering(config: str) -> "Answering":
    """Return how questions are answered, as a file says.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    from llm_engineering.application.answer.configuration import Answering
    from tools.run_configuration import configuration_path, run_configuration

    return run_configuration(configuration_path(config), Answering).parameters


def question_of(
    query: str, limit: int = 3, *, since: datetime | None = None, until: datetime | None = None, **fields: str | None
) -> "Question":
    """Return a question.

    Raises:
        QueryTooLongError: It has too many characters.
    """
    from llm_engineering.application.answer.asking import MAX_QUERY_CHARACTERS, Question
    from llm_engineering.application.retrieve.passages import asked_text

    if len(query) > MAX_QUERY_CHARACTERS:
        raise QueryTooLongError(len(query), MAX_QUERY_CHARACTERS)
    days = {"since": since.date() if since else None, "until": until.date() if until else None}
    return Question.model_validate({"query": asked_text(query), "limit": limit, **days, **fields})


class QueryTooLongError(InvalidInputError):
    """A question has more characters than are read."""

    def __init__(self, length: int, allowed: int) -> None:
        super().__init__(
            f"The question has {length:,} characters; {allowed:,} are read.", remedy="Ask something shorter."
        )


def answered(query: str) -> "Answer":
    """Return the answer to a question as `python -m tools.rag` gives it."""
    computed, _ = asyncio.run(_computed(configured_answering(CONFIG), question_of(query), (), {}, explained=False))
    answer: Answer = computed["answer"]
    return answer


def draw(answering: "Answering", path: Path) -> None:
    """Draw the dataflow of a configuration into a file.

    Raises:
        UndrawableError: The file's name or place will not do.
    """
    from llm_engineering.application.answer.answerer import dataflow_graph
    from llm_engineering.infrastructure.graph_pictures import write_picture

    write_picture(dataflow_graph(answering).dot, path)


def _setting(given: str) -> tuple[str, Any]:
    name, equals, value = given.partition("=")
    if not equals or not name.strip():
        raise UnreadableSettingError(given)
    try:
        return name.strip(), json.loads(value)
    except json.JSONDecodeError:
        return name.strip(), value  # a word need not be quoted


async def _streamed(answering: "Answering", question: "Question") -> "Answer":
    from llm_engineering.application.answer.asking import AnswerDone, AnswerReplaced, TextWritten
    from llm_engineering.infrastructure.answering import opened_answerer
    from llm_engineering.settings import Settings

    async with opened_answerer(Settings(), answering) as answerer:
        async for event in answerer.events(question):
            if isinstance(event, TextWritten):
                click.echo(event.text, nl=False)
            elif isinstance(event, AnswerReplaced):
                click.echo(f"\n\n({event.note})\n")
            elif isinstance(event, AnswerDone):
                click.echo("\n")
                return event.answer
    raise AssertionError("the last event is the answer")


async def _computed(
    answering: "Answering",
    question: "Question",
    shown: Sequence[str],
    overrides: dict[str, Any],
    *,
    explained: bool,
) -> tuple[dict[str, Any], "Trace | None"]:
    """Return the values that are wanted, and how they came about if that is to be explained."""
    from llm_engineering.application.tracing.recording import TraceRecorder
    from llm_engineering.infrastructure.answering import opened_answerer
    from llm_engineering.settings import Settings
    from tools.answer_views import KeptTrace

    kept = KeptTrace()
    adapters = [TraceRecorder(kept, name="answer")] if explained else []
    async with opened_answerer(Settings(), answering, adapters=adapters) as answerer:
        names = _wanted(answerer, shown, explained=explained)
        return await answerer.intermediates(question, names, overrides), kept.trace


def _wanted(answerer: "HamiltonAnswerer", shown: Sequence[str], *, explained: bool) -> Sequence[str]:
    return answerer.nodes if explained else shown or ("answer",)


def _print(computed: dict[str, Any], trace: "Trace | None", shown: Sequence[str], *, as_json: bool) -> None:
    from tools.answer_views import json_of, print_answer, print_explanation

    for name in shown:
        click.echo(json.dumps({name: json_of(computed[name])}, ensure_ascii=False, indent=2))
    if as_json and not shown:
        click.echo(computed["answer"].model_dump_json(indent=2))
    elif not shown:
        if trace is not None:
            print_explanation(computed, trace)
        print_answer(computed["answer"])


if __name__ == "__main__":
    main()
