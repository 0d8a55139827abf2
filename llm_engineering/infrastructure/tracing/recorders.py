"""Builds what takes and records traces, as the settings ask for it. Each library is imported only when it is used."""

from typing import TYPE_CHECKING

from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.tracing.lineage import CODE
from llm_engineering.application.tracing.port import Tracer
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.tracers import NoTracer, Tracers
from llm_engineering.settings import Settings

if TYPE_CHECKING:  # Hamilton takes 0.2 s
    from llm_engineering.application.tracing.recording import TraceRecorder
    from llm_engineering.infrastructure.tracing.opik_address import OpikAccess


def tracer(settings: Settings, store: DocumentStore) -> Tracer:
    """Return what takes traces and feedback: the store, unless none are to be kept, and Opik where it is set.

    Close it before the store.

    Raises:
        OpikMissingError: Opik is set, but the extra `tracing` is not installed.
        InvalidOpikAddressError: The address or the key of Opik cannot be used.
    """
    tracers: list[Tracer] = []
    if settings.keep_traces_days > 0:
        from llm_engineering.application.tracing.stored import Keeping, StoredTraces

        keeping = Keeping(days=settings.keep_traces_days, number=settings.keep_traces_number)
        tracers.append(StoredTraces(store, keeping))
    if settings.sends_traces:
        tracers.append(_opik_tracer(settings))
    return Tracers(tracers) if tracers else NoTracer()


def _opik_tracer(settings: Settings) -> Tracer:
    from llm_engineering.infrastructure.tracing.opik_tracer import OpikTracer

    return OpikTracer(opik_access(settings))


def trace_recorder(settings: Settings, tracer: Tracer, *, name: str) -> "TraceRecorder":
    """Return the adapter by which a driver of Hamilton records its runs.

    Args:
        settings: Their secrets never enter a trace.
        tracer: Who gets the traces.
        name: What is done, e.g. "answer".
    """
    from llm_engineering.application.tracing.recording import TraceRecorder
    from llm_engineering.infrastructure.tracing.code_version import code_version

    metadata = {CODE: code_version().model_dump(mode="json")}
    return TraceRecorder(tracer, name=name, redactor=Redactor(settings.secrets), metadata=metadata)


def opik_access(settings: Settings) -> "OpikAccess":
    """Return how Opik is reached.

    Raises:
        InvalidOpikAddressError: The address or the key of Opik cannot be used.
    """
    from llm_engineering.infrastructure.tracing.opik_address import OpikAccess

    return OpikAccess.checked(
        settings.opik_url_override,
        settings.opik_key,
        workspace=settings.opik_workspace,
        project=settings.opik_project or "twin",
    )
