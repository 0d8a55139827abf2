"""Any value becomes bounded JSON without secrets."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from pydantic import SecretStr

from llm_engineering.application.tracing.ids import is_time_ordered, new_trace_id, time_ordered
from llm_engineering.application.tracing.redaction import REDACTED, Redactor, is_secret_name
from llm_engineering.application.tracing.shortening import Bounds, shortened
from llm_engineering.domain.language_models import ModelIdentity, Role

BOUNDS = Bounds(characters=10, items=2, depth=3, total=40)


@dataclass
class Settings:
    api_key: str
    max_tokens: int


class Client:
    def __repr__(self) -> str:
        return "Client(password)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        (float("nan"), "nan"),
        ("short", "short"),
        ("a" * 1012, "a" * 10 + "… (+1,002 characters)"),
        (Role.USER, "user"),
        (datetime(2026, 3, 2, tzinfo=UTC), "2026-03-02T00:00:00+00:00"),
        (b"12345", {"bytes": 5}),
        (["a", "b", "c"], ["a", "b", "… (+1 items)"]),
        ((1, 2), [1, 2]),
        ([0.5] * 17, {"numbers": 17}),
        (np.zeros((2, 3), dtype=np.float32), {"shape": [2, 3], "dtype": "float32"}),
        (ModelIdentity(provider="openai", name="small"), {"provider": "openai", "name": "small"}),
        (Settings(api_key="abcdef", max_tokens=5), {"api_key": REDACTED, "max_tokens": 5}),
        (SecretStr("abcdef"), REDACTED),
        (Client(), "<Client>"),
        ([[[["deep"]]]], [[["…"]]]),
        ({1: "a"}, {"1": "a"}),
        (["a" * 10] * 2 + ["b"], ["a" * 10, "a" * 10, "… (+1 items)"]),
    ],
)
def test_a_value_becomes_json(value: Any, expected: Any) -> None:
    assert shortened(value, BOUNDS, Redactor()) == expected


def test_all_texts_together_are_bounded() -> None:
    texts = dict.fromkeys("abcdef", "a" * 10)

    assert shortened(texts, BOUNDS, Redactor())["f"] == "… (+10 characters)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the key my-own-key-1 is", "the key [redacted] is"),
        ("mongodb://ada:pass@db:27017/x", "mongodb://[redacted]@db:27017/x"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [redacted]"),
        ("sk-proj-abcdefghijklmnop", "[redacted]"),
        ("See https://ada.dev/@ada and 10:30 @ home.", "See https://ada.dev/@ada and 10:30 @ home."),
    ],
)
def test_secrets_are_taken_out_of_texts(text: str, expected: str) -> None:
    assert Redactor([SecretStr("my-own-key-1")]).text(text) == expected


def test_a_secret_that_a_cut_runs_through_is_found() -> None:
    assert shortened("1234 my-own-key-1", BOUNDS, Redactor([SecretStr("my-own-key-1")])).startswith("1234 [reda")


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("api_key", True),
        ("OPENAI_API_KEY", True),
        ("password", True),
        ("github_token", True),
        ("prompt_tokens", False),
        ("token_count", False),
        ("key", False),
    ],
)
def test_names_of_secrets_are_known(name: str, is_secret: bool) -> None:
    assert is_secret_name(name) is is_secret


def test_identifiers_are_in_the_order_of_time() -> None:
    assert UUID(new_trace_id()).version == 7
    early = time_ordered("6f9619ff-8b86-4d01-b42d-00cf4fc964ff", datetime(2026, 3, 2, 12, tzinfo=UTC))
    late = time_ordered("00000000-8b86-4d01-b42d-00cf4fc964ff", datetime(2026, 3, 2, 13, tzinfo=UTC))

    assert is_time_ordered(early)
    assert UUID(early).variant == UUID(late).variant == UUID(new_trace_id()).variant
    assert early < late
    assert int(early.replace("-", "")[:12], 16) == 1772452800000
    assert time_ordered(early, datetime(2030, 1, 1, tzinfo=UTC)) == early
