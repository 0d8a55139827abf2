"""Reviews go out as Label Studio tasks or as a table and come back."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.datasets.argilla_csv import argilla_csv, argilla_reviews
from llm_engineering.application.datasets.label_studio import (
    label_studio_reviews,
    label_studio_tasks,
    labelling_config,
)
from llm_engineering.application.datasets.review_tasks import ReviewFileError
from llm_engineering.domain.reviews import ReviewVerdict, text_hash
from llm_engineering.domain.samples import FlaggedSample, SampleKind
from tests.support.shared_samples import instruct, preference

NOW = datetime(2026, 3, 18, tzinfo=UTC)
LATER = datetime(2026, 3, 19, 9, 30, tzinfo=UTC)
SAMPLE = instruct("t1")
FLAGS = (FlaggedSample(sample_id="t1", flag="profanity", detail="moth"),)


def annotated(*results: dict[str, Any], **annotation: Any) -> str:
    """Return what Label Studio exports of the first task."""
    (task,) = json.loads(label_studio_tasks([SAMPLE], FLAGS))
    about = {"completed_by": 7, "updated_at": "2026-03-19T09:30:00.000000Z", "was_cancelled": False}
    return json.dumps([{"id": 1, **task, "annotations": [{"id": 1, **about, **annotation, "result": list(results)}]}])


def choice(verdict: str) -> dict[str, Any]:
    return {"from_name": "verdict", "to_name": "about", "type": "choices", "value": {"choices": [verdict]}}


def area(name: str, text: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "about", "type": "textarea", "value": {"text": [text]}}


class TestLabelStudio:
    def test_a_task_has_texts_and_context(self) -> None:
        (task,) = json.loads(label_studio_tasks([SAMPLE], FLAGS))

        assert task == {
            "data": {
                "sample_id": "t1",
                "text_hash": text_hash(SAMPLE),
                "kind": "instruct",
                "instruction": "What is silk?",
                "answer": "A fibre that a moth spins.",
                "author": "Ada Lovelace",
                "category": "articles",
                "title": "On silk",
                "source": "https://ada.dev/silk",
                "document_id": "silk",
                "split": "train",
                "flags": "profanity: moth",
            }
        }

    @pytest.mark.parametrize("kind", list(SampleKind))
    def test_the_interface_names_only_what_tasks_have(self, kind: SampleKind) -> None:
        sample = SAMPLE if kind is SampleKind.INSTRUCT else preference("p")
        (task,) = json.loads(label_studio_tasks([sample]))
        interface = ET.fromstring(labelling_config(kind))

        areas = {each.get("name"): each.get("value") for each in interface.iter("TextArea")}
        for name, value in areas.items():
            assert name == "comment" or str(value).removeprefix("$") in task["data"]
        assert [each.get("value") for each in interface.iter("Choice")] == list(ReviewVerdict)

    def test_a_verdict_comes_back(self) -> None:
        text = annotated(choice("rejected"), area("comment", "Not mine."), area("edited_answer", "Silk!"))
        (review,) = label_studio_reviews(text, "x.json", now=NOW).reviews

        assert review.verdict is ReviewVerdict.REJECTED
        assert (review.sample_id, review.reviewer, review.comment) == ("t1", "label-studio 7", "Not mine.")
        assert (review.reviewed_at, review.document_id, review.corrected) == (LATER, "silk", {})

    def test_a_changed_text_is_a_correction(self) -> None:
        text = annotated(
            choice("accepted"),
            area("edited_instruction", "What is silk? "),
            area("edited_answer", "A thread."),
            completed_by={"id": 7, "email": "ada@example.org"},
        )
        (review,) = label_studio_reviews(text, "x.json", now=NOW).reviews

        assert (review.verdict, review.corrected) == (ReviewVerdict.CORRECTED, {"answer": "A thread."})
        assert review.reviewer == "ada@example.org"

    def test_who_is_named_is_the_reviewer(self) -> None:
        text = annotated(choice("accepted"))

        assert label_studio_reviews(text, "x.json", now=NOW, reviewer="bob").reviews[0].reviewer == "bob"

    def test_what_is_no_review_is_counted(self) -> None:
        tasks = [
            *json.loads(annotated(choice("accepted"), was_cancelled=True)),
            *json.loads(label_studio_tasks([SAMPLE])),
        ]
        found = label_studio_reviews(json.dumps(tasks), "x.json", now=NOW)

        assert (found.reviews, found.skipped) == ((), {"cancelled": 1, "without an annotation": 1})

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("no", "it is no JSON"),
            ("{}", "it is no list of tasks"),
            ("[3]", "task 1 is no object with `data`"),
            (annotated(), "task 1: the verdict '' is none of accepted, rejected, corrected"),
            (annotated(choice("corrected")), "task 1: The review of the sample 't1' says 'corrected', which needs"),
            (annotated(choice("accepted"), completed_by=None), "task 1: reviewer: String should have at least"),
            (annotated(choice("accepted"), updated_at="soon"), "the time 'soon' is none"),
            (annotated(choice("accepted")).replace('"text_hash"', '"other"'), "task 1: 'text_hash' is missing"),
        ],
    )
    def test_what_is_wrong_is_named(self, text: str, told: str) -> None:
        with pytest.raises(ReviewFileError, match="Nothing was written") as error:
            label_studio_reviews(text, "x.json", now=NOW)
        assert told in str(error.value)

    @given(
        junk=st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(
                    st.sampled_from(["value", "choices", "text", "from_name", "email"]), inner, max_size=3
                )
            ),
            max_leaves=6,
        ),
        place=st.sampled_from(["annotations", "result", "completed_by", "updated_at", "kind", "answer", "sample_id"]),
    )
    def test_a_file_that_holds_anything_is_read_or_refused(self, junk: Any, place: str) -> None:
        (task,) = json.loads(annotated(choice("accepted")))
        (annotation,) = task["annotations"]
        for holder in (task, annotation, task["data"]):
            if place in holder:
                holder[place] = junk

        try:
            found = label_studio_reviews(json.dumps([task]), "x.json", now=NOW)
        except ReviewFileError:
            return
        assert len(found.reviews) + sum(found.skipped.values()) >= 1


def table(*samples: Any, **cells: str) -> str:
    """Return the table of some samples with the same cells filled in on each row."""
    rows = list(csv.DictReader(io.StringIO(argilla_csv(samples), newline="")))
    filled = io.StringIO(newline="")
    writer = csv.DictWriter(filled, rows[0])
    writer.writeheader()
    writer.writerows({**row, **{name.replace("__", "."): value for name, value in cells.items()}} for row in rows)
    return filled.getvalue()


VERDICT = {"verdict__responses": "accepted", "verdict__responses__users": "ada"}


class TestTable:
    def test_a_verdict_comes_back(self) -> None:
        cells = {
            "verdict__responses": " Rejected ",
            "verdict__responses__users": "ada",
            "reviewed_at": "2026-03-19T09:30",
        }
        (review,) = argilla_reviews(table(SAMPLE, **cells, comment__responses="Why?"), "x.csv", now=NOW).reviews

        assert (review.verdict, review.reviewer, review.comment) == (ReviewVerdict.REJECTED, "ada", "Why?")
        assert review.reviewed_at == datetime(2026, 3, 19, 9, 30, tzinfo=UTC)

    def test_a_preference_can_be_corrected(self) -> None:
        text = table(preference("p"), **VERDICT, corrected_chosen__responses="Silk is spun by moths.")
        (review,) = argilla_reviews(text, "x.csv", now=NOW).reviews

        assert review.corrected == {"chosen": "Silk is spun by moths."}
        assert review.reviewed_at == NOW

    def test_rows_without_a_verdict_are_counted(self) -> None:
        found = argilla_reviews(argilla_csv([SAMPLE, instruct("t2")]), "x.csv", now=NOW)

        assert (found.reviews, found.skipped) == ((), {"without a verdict": 2})

    def test_formulas_are_none(self) -> None:
        text = argilla_csv([instruct("a", '=HYPERLINK("http://evil")', "@SUM(1)\n+1")])

        row = next(csv.DictReader(io.StringIO(text, newline="")))
        assert (row["instruction"], row["answer"]) == ('\'=HYPERLINK("http://evil")', "'@SUM(1)\n+1")

    @given(text=st.text(st.sampled_from("=+-@'\t\r\n\"a, "), min_size=1, max_size=12).filter(str.strip))
    def test_texts_that_are_left_alone_are_no_corrections(self, text: str) -> None:
        sample = instruct("a", text, text)
        (row,) = csv.DictReader(io.StringIO(argilla_csv([sample]), newline=""))
        copied = table(sample, **VERDICT, corrected_answer__responses=row["answer"])

        (review,) = argilla_reviews(copied, "x.csv", now=NOW).reviews

        assert review.verdict is ReviewVerdict.ACCEPTED
        assert review.text_hash == text_hash(sample)

    def test_a_file_of_a_table_program_with_a_mark_at_its_start_is_read(self) -> None:
        assert len(argilla_reviews("\ufeff" + table(SAMPLE, **VERDICT), "x.csv", now=NOW).reviews) == 1

    def test_the_named_reviewer_stands_in(self) -> None:
        found = argilla_reviews(table(SAMPLE, verdict__responses="accepted"), "x.csv", now=NOW, reviewer="bob")

        assert found.reviews[0].reviewer == "bob"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("a,b\n1,2\n", "the column 'id' is missing"),
            ("", "the column 'id' is missing"),
            ('a,b\n1,"2"3\n', "it is no CSV (after line 1: "),
            (table(SAMPLE, **{**VERDICT, "verdict__responses": "maybe"}), "row 2: the verdict 'maybe' is none of"),
            (table(SAMPLE, verdict__responses="accepted"), "row 2: reviewer: String should have at least 1 character"),
            (table(SAMPLE, **VERDICT, metadata__kind="poem"), "row 2: 'poem' is not a valid SampleKind"),
        ],
    )
    def test_what_is_wrong_is_named(self, text: str, told: str) -> None:
        with pytest.raises(ReviewFileError) as error:
            argilla_reviews(text, "x.csv", now=NOW)
        assert told in str(error.value)
