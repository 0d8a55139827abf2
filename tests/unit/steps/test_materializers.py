import io
import json
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from zenml.steps import BaseStep

from llm_engineering.application.crawl.verdict import CrawlVerdict
from llm_engineering.application.preprocess.chunking import Chunks
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.application.preprocess.query import RawDocuments
from llm_engineering.domain.outcomes import Result
from steps.materializers import result_json, result_lines, result_of
from tests.support import results
from tests.support.documents import article

STEPS = (
    "steps.datasets.generate_samples",
    "steps.etl.crawl_links",
    "steps.etl.get_or_create_user",
    "steps.etl.join_duplicates",
    "steps.etl.require_crawled",
    "steps.export.export_artifacts",
    "steps.feature_engineering.chunk_documents",
    "steps.feature_engineering.clean_documents",
    "steps.feature_engineering.load_to_vector_db",
    "steps.feature_engineering.query_data_warehouse",
    "steps.feature_engineering.switch_index",
)


@pytest.mark.parametrize("module", STEPS)
def test_each_step_keeps_its_output_as_a_result(module: str) -> None:
    step = getattr(import_module(module), module.rpartition(".")[2])

    assert isinstance(step, BaseStep)
    (output,) = step.configuration.outputs.values()
    assert output.materializer_source is not None
    assert [source.attribute for source in output.materializer_source] == ["ResultMaterializer"]
    (returned,) = step.entrypoint_definition.outputs.values()
    assert issubclass(returned.resolved_annotation, Result)


def test_a_result_is_one_line() -> None:
    assert list(result_lines(results.CRAWL_VERDICT)) == ['{"failed_share": 0.5, "max_failed_share": 0.5}']


def test_the_items_of_a_batch_follow_its_other_fields() -> None:
    fields, *items = map(json.loads, result_lines(results.CLEANED_DOCUMENTS))

    assert fields["raw_characters"] == 20
    assert [drop["reason"] for drop in fields["dropped"]] == ["empty"]
    assert "items" not in fields
    assert [item["text"] for item in items] == ["Text.", "print()\n"]


def test_an_empty_batch_is_one_line() -> None:
    assert list(result_lines(results.NO_CLEANED_DOCUMENTS)) == ['{"dropped": [], "raw_characters": 0}']


def test_documents_are_kept_as_the_warehouse_keeps_them_with_their_category() -> None:
    _, first, second, third = map(json.loads, result_lines(results.RAW_DOCUMENTS))

    assert [record["category"] for record in (first, second, third)] == ["articles", "posts", "repositories"]
    assert first["document"]["content"] == {"Title": "One", "Content": "Größe 山 👩‍💻", "language": "en"}
    assert "crawled_at" not in first["document"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_breaks_a_line(text: str) -> None:
    batch = RawDocuments(items=(article(text), article("after")), author_ids=())
    lines = list(result_lines(batch))
    file = io.TextIOWrapper(io.BytesIO("".join(f"{line}\n" for line in lines).encode()), encoding="utf-8")

    assert [line.rstrip("\n") for line in file] == lines
    assert result_of(RawDocuments, iter(lines)) == batch


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (['{"failed_share": 0.5}'], "max_failed_share"),
        (['{"failed_share": 0.5, "max_failed_share": 0.5, "of_another_version": 1}'], "of_another_version"),
    ],
)
def test_lines_of_another_type_are_refused(lines: list[str], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        result_of(CrawlVerdict, iter(lines))


def test_items_of_another_type_are_refused() -> None:
    with pytest.raises(ValidationError, match="validation errors for Chunk"):
        result_of(Chunks, result_lines(results.CLEANED_DOCUMENTS))


def test_other_programs_get_one_json_object_with_type_figures_and_items() -> None:
    exported = json.loads(result_json(results.CLEANED_DOCUMENTS))

    assert list(exported) == ["type", "figures", "dropped", "raw_characters", "items"]
    assert exported["type"] == "CleanedDocuments"
    assert exported["figures"]["dropped"] == {"empty": 1}
    assert CleanedDocuments.item(exported["items"][0]) == results.CLEANED_DOCUMENTS.items[0]


def test_other_programs_can_read_scripts_other_than_latin_in_the_file() -> None:
    assert "Größe 山" in result_json(results.RAW_DOCUMENTS)


def test_what_is_no_batch_has_no_items() -> None:
    assert json.loads(result_json(results.CRAWL_VERDICT)) == {
        "type": "CrawlVerdict",
        "figures": {"failed_share": 0.5, "max_failed_share": 0.5},
        "failed_share": 0.5,
        "max_failed_share": 0.5,
    }
