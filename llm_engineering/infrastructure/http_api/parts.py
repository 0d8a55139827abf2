"""What the service is made of; everything is passed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from llm_engineering.application.answer.asking import Answerer
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.retrieve.facets import Facets
from llm_engineering.application.summarize.served import ServedSummaries
from llm_engineering.application.tracing.port import Tracer
from llm_engineering.infrastructure.http_api.variants import Variants


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """What answers, and what is beside it. Callables may block: they are called in threads."""

    answerer: Answerer
    has_model: bool
    """Whether a language model writes the answers; else passages are quoted."""
    feedback_store: DocumentStore
    tracer: Tracer
    summaries: ServedSummaries
    variants: Variants | None = None
    """Of the experiment that runs."""
    facets: Callable[[], Facets]
    """What the index can be filtered by."""
    graph_svg: Callable[[], str]
    """The picture of the dataflow."""
    checks: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    """What has to be there for an answer, by name; a check that raises says that it is not."""
