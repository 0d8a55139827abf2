"""Shows the whole data side on real content without leaving the machine: `python -m tools.demo --help`."""

import os
import time
from typing import TYPE_CHECKING, Final

import click

from tools.console import configured_console, told_errors
from tools.rag import QUESTION

if TYPE_CHECKING:
    from rich.console import Console
    from zenml.models import PipelineRunResponse

    from pipelines.parameters import EndToEndData

CONFIG: Final = "end_to_end_data_demo.yaml"
_CONFIGURED_SITE: Final = "http://127.0.0.1:8765"


@click.command(
    context_settings={"max_content_width": 120},
    help="""Crawl this repository and its documentation, index both and answer a question with citations.

    The repository is read as a git repository, the documentation as articles over HTTP from this machine.
    Nothing leaves the machine. A second run finds nothing to do and is quick.""",
)
@click.option("--query", default=QUESTION, show_default=True, help="What to ask at the end.")
@told_errors
def main(query: str) -> None:
    """Run the end-to-end data pipeline on the project itself and ask a question."""
    started = time.perf_counter()
    os.environ.setdefault("ZENML_LOGGING_VERBOSITY", "WARN")
    configured_console()
    from rich.console import Console

    from tools.answer_views import print_answer
    from tools.data_summary import data_results, print_data_summary
    from tools.rag import answered

    console = Console()
    console.rule("Crawl this repository and its docs, clean, chunk, embed", align="left")
    run = indexed_project()
    console.rule("Ask", align="left")
    console.print(query, style="bold", highlight=False, end="\n\n")
    print_answer(answered(query))
    console.rule("What happened", align="left")
    print_data_summary(data_results(run), console)
    _print_next_steps(console, time.perf_counter() - started)


def indexed_project() -> "PipelineRunResponse":
    """Run the pipeline of the demo's configuration on the served documentation and return the finished run."""
    from pipelines.parameters import EndToEndData
    from tools.docs_site import served_docs
    from tools.pipeline_start import PreparedRun, checked_stores
    from tools.run_configuration import RunConfiguration, configuration_path, run_configuration

    configuration = run_configuration(configuration_path(CONFIG), EndToEndData)
    checked_stores({"documents", "vectors"})
    with served_docs() as address:
        parameters = with_site_at(address, configuration.parameters)
        return PreparedRun("end_to_end_data", RunConfiguration(parameters, configuration.settings)).start(
            use_cache=False
        )


def with_site_at(address: str, parameters: "EndToEndData") -> "EndToEndData":
    """Return the parameters with the documentation's links at the address where it is served this time."""
    authors = tuple(
        author.model_copy(
            update={
                "links": tuple(
                    source.model_copy(update={"link": source.link.replace(_CONFIGURED_SITE, address)})
                    for source in author.links
                )
            }
        )
        for author in parameters.authors
    )
    return parameters.model_copy(update={"authors": authors})


def _print_next_steps(console: "Console", seconds: float) -> None:
    from llm_engineering.settings import Settings

    settings = Settings()
    page = f"http://{settings.service_host}:{settings.service_port}/"
    console.print(f"The data lies in {settings.data_folder.resolve()}", soft_wrap=True, highlight=False)
    console.rule(f"Done in {seconds:.0f} s. What next", align="left")
    for command, purpose in (
        ("make serve", f"opens a page to ask on: {page}"),
        ('make ask Q="your question"', "asks what was just indexed"),
        ("make dashboard", "shows runs and figures: http://127.0.0.1:8237"),
        ("make serve-docs", "serves the pages that the answer links to"),
        ("README.md", "says how to index your own blog"),
    ):
        console.print(f"  {command:<28}{purpose}", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
