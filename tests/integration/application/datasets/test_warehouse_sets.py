"""Sets that are made of real articles without a language model, and what the gates say to them."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.gating import gated_dataset, require_yield
from llm_engineering.application.datasets.generating import GeneratedSamples, generated_samples
from llm_engineering.application.datasets.generation import Generation
from llm_engineering.application.datasets.template_generator import TemplateGenerator
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.preprocess.query import raw_documents
from llm_engineering.application.warehouse.importing import imported
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import GatedDataset, PreferenceSample, Sample, SampleKind
from llm_engineering.infrastructure.datasets.detectors import dataset_detectors
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.factory import term_encoder
from llm_engineering.infrastructure.languages import QuestionLanguage
from tests.support.datasets import CONTRACT

WAREHOUSE = Path(__file__).resolve().parents[5] / "shared/data/warehouse"
AUTHORS = ("Maxime Labonne", "Paul Iusztin")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(not WAREHOUSE.is_dir(), reason="../shared/data/warehouse, 76 articles, is not there"),
]


@dataclass(frozen=True)
class Made:
    documents: tuple[CleanedDocument, ...]
    samples: GeneratedSamples
    dataset: GatedDataset


@pytest.fixture(scope="module", params=SampleKind)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    path = tmp_path_factory.mktemp("warehouse") / "documents.sqlite3"
    with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
        imported(store, WAREHOUSE)
        documents = cleaned_documents(raw_documents(store, AUTHORS).items).items
    generator = TemplateGenerator(request.param, term_encoder(), QuestionLanguage(), CONTRACT)
    samples = asyncio.run(generated_samples(documents, Generation(kind=request.param), generator))
    return Made(documents, samples, gated_dataset(samples.items, documents, DatasetGates(), dataset_detectors()))


def document_ids(samples: Sequence[Sample]) -> set[str]:
    return {sample.provenance.source.document_id for sample in samples if sample.provenance}


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def test_the_gates_keep_nearly_all(made: Made) -> None:
    dataset = require_yield(made.dataset, min_share=0.9, min_kept=800)

    assert len(made.documents) == 76
    assert len(dataset.test) >= 40
    assert dataset.contract_hash == CONTRACT


def test_no_document_is_on_both_sides(made: Made) -> None:
    train, test = document_ids(made.dataset.train), document_ids(made.dataset.test)

    assert train
    assert test
    assert train & test == set()


def test_no_instruction_is_nearly_on_both_sides(made: Made) -> None:
    train = [words(sample.instruction) for sample in made.dataset.train]
    alike = [
        sample.instruction
        for sample in made.dataset.test
        if any(len(own & other) >= 0.8 * len(own | other) for own in [words(sample.instruction)] for other in train)
    ]

    assert alike == []


def test_no_answer_of_the_test_side_stands_in_a_document_of_the_other(made: Made) -> None:
    trained = document_ids(made.dataset.train)
    seen = "\n".join(" ".join(each.text.split()) for each in made.documents if each.provenance.document_id in trained)

    assert [sample.answers[0] for sample in made.dataset.test if " ".join(sample.answers[0].split()) in seen] == []


def test_good_answers_are_the_authors(made: Made) -> None:
    texts = {each.provenance.document_id: each.text for each in made.documents}
    for sample in made.dataset.kept:
        assert sample.provenance is not None
        text = texts[sample.provenance.source.document_id]
        if isinstance(sample, PreferenceSample):
            assert sample.chosen in text
            assert text[sample.provenance.start : sample.provenance.end] == sample.chosen
        else:
            # Joined lines: a word that was cut at its hyphen has lost the white space after it.
            assert re.sub(r"\s", "", sample.answer) in re.sub(r"\s", "", text)


def test_what_gives_no_sample_has_a_reason(made: Made) -> None:
    samples = made.samples

    of_extracts = [each for each in samples.dropped if each.reason == "only_asks"]
    assert samples.extracts == len(samples.items) + len(of_extracts)
    assert {each.reason for each in samples.dropped} == {"only_asks", "no_prose"}
    # Five articles of medium.com came as one line of 20,000 characters, with the words of neighbours run together.
    assert sum(each.reason == "no_prose" for each in samples.dropped) == 5
