"""Makes samples by the language model of the settings, in a process of its own that a test kills.

`python -m tests.support.generating_process DOCUMENTS KIND SAMPLES`: a file of JSON lines, "instruct" or "preference",
and the file that the samples are written to.
"""

import asyncio
import sys
from pathlib import Path

from llm_engineering.application.datasets.extracts import Extracting
from llm_engineering.application.datasets.generating import GeneratedSamples, generated_samples
from llm_engineering.application.datasets.generation import Generation, GeneratorChoice, Writing
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import SampleKind
from llm_engineering.infrastructure.datasets.generators import opened_generator
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings

CONCURRENCY = 4


async def made(documents: Path, kind: SampleKind) -> GeneratedSamples:
    """Return the samples of the documents in a file."""
    lines = documents.read_text(encoding="utf-8").splitlines()
    generation = Generation(
        kind=kind,
        generator=GeneratorChoice.LANGUAGE_MODEL,
        extracts=Extracting(min_words=5, max_words=60),
        writing=Writing(concurrency=CONCURRENCY, tries=5),
        test_share=0.25,
    )
    settings = Settings()
    with opened_document_store(settings) as store:
        async with opened_generator(settings, store, generation) as generator:
            read = [CleanedDocument.model_validate_json(line) for line in lines]
            return await generated_samples(read, generation, generator)


if __name__ == "__main__":
    samples = asyncio.run(made(Path(sys.argv[1]), SampleKind(sys.argv[2])))
    Path(sys.argv[3]).write_text(samples.model_dump_json(exclude={"use"}), encoding="utf-8")
