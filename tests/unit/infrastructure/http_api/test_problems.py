import pytest
from starlette.exceptions import HTTPException

from llm_engineering.application.index.catalog import NoLiveIndexError
from llm_engineering.application.language_models.port import (
    LanguageModelError,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)
from llm_engineering.application.preprocess.query import UnknownAuthorError
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.http_api.problems import BusyError, snake_case, told, validation_message

SECRET = "http://user:hunter2@model.internal/v1"


@pytest.mark.parametrize(
    ("error", "status", "kind", "wait"),
    [
        (UnknownAuthorError("Z Y", ["Ada Lovelace"]), 422, "unknown_author", None),
        (TimeoutError(), 504, "deadline_exceeded", None),
        (BusyError(72, 2), 503, "busy", "2"),
        (ModelOverloadedError("Busy.", remedy="Wait.", retry_after_seconds=12.4), 503, "model_overloaded", "12"),
        (ModelOverloadedError("Busy.", remedy="Wait."), 503, "model_overloaded", "5"),
        (ModelUnreachableError("Gone.", remedy="Start it."), 503, "model_unavailable", "5"),
        (ModelRefusedError("No such model.", remedy="Name another."), 503, "model_unavailable", "5"),
        (NoLiveIndexError("somewhere", "twin"), 503, "no_index", "5"),
        (StoreUnavailableError("Down.", remedy="Start it."), 503, "store_unavailable", "5"),
        (HTTPException(404), 404, "not_found", None),
        (ZeroDivisionError("division by zero"), 500, "internal_error", None),
    ],
)
def test_each_error_has_a_status_a_type_and_perhaps_a_wait(
    error: Exception, status: int, kind: str, wait: str | None
) -> None:
    said = told(error)

    assert (said.status, said.type, said.headers.get("Retry-After")) == (status, kind, wait)
    assert said.body("id").error.code == kind


@pytest.mark.parametrize(
    "error",
    [
        LanguageModelError(f"{SECRET} failed.", remedy="Look."),
        StoreUnavailableError(f"{SECRET} failed.", remedy="Look."),
        NoLiveIndexError("/home/ada/data", SECRET),
        RuntimeError(SECRET),
    ],
)
def test_of_errors_on_this_side_nothing_is_told_but_their_kind(error: Exception) -> None:
    assert "hunter2" not in told(error).message
    assert "/home/ada" not in told(error).message


def test_faults_of_a_request_are_named_without_their_values() -> None:
    faults = [{"loc": ("body", "query"), "msg": "too short", "input": SECRET}] * 12

    message = validation_message(faults)

    assert message.startswith("query: too short; query: too short")
    assert message.endswith("; and 2 more")
    assert "hunter2" not in message


def test_half_characters_are_told_as_question_marks() -> None:
    error = told(HTTPException(418, "\ud800"))

    assert error.body("id").error.message == "?"


def test_types_are_named_after_errors() -> None:
    assert snake_case("UnknownAuthorError") == "unknown_author"
