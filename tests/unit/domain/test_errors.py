import pytest
from pydantic import BaseModel, ValidationError, field_validator

from llm_engineering.domain.errors import (
    CollectionMismatchError,
    InvalidInputError,
    RetryableError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreUnavailableError,
    TwinError,
)


def test_the_message_is_the_problem_and_the_remedy() -> None:
    error = TwinError("The disk is full.", remedy="Delete something.")

    assert str(error) == "The disk is full. Delete something."
    assert (error.problem, error.remedy) == ("The disk is full.", "Delete something.")


def test_an_error_cannot_be_made_without_a_remedy() -> None:
    with pytest.raises(TypeError, match="remedy"):
        TwinError("The disk is full.")  # type: ignore[call-arg]  # that is what is tested


@pytest.mark.parametrize("error_type", [StoreUnavailableError, StoreLockedError])
def test_what_may_pass_is_retryable(error_type: type[TwinError]) -> None:
    assert issubclass(error_type, RetryableError)


@pytest.mark.parametrize("error_type", [InvalidInputError, StoreReadOnlyError, CollectionMismatchError])
def test_what_will_not_pass_is_not_retryable(error_type: type[TwinError]) -> None:
    assert issubclass(error_type, TwinError)
    assert not issubclass(error_type, RetryableError)


def test_invalid_input_serves_as_a_fault_of_a_model() -> None:
    class Weekday(BaseModel):
        name: str

        @field_validator("name")
        @classmethod
        def _refused(cls, value: str) -> str:
            raise InvalidInputError(f"{value!r} is no weekday.", remedy="Write one of seven.")

    with pytest.raises(ValidationError, match=r"'Someday' is no weekday\. Write one of seven\."):
        Weekday(name="Someday")
