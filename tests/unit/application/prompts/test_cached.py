"""Prompts from elsewhere are kept for a while, and the code stands behind them."""

from collections.abc import Iterator

import pytest
from loguru import logger

from llm_engineering.application.prompts.cached import CachedPrompts
from llm_engineering.application.prompts.code_prompts import CodePrompts
from llm_engineering.application.prompts.source import UnknownPromptError
from llm_engineering.domain.errors import StoreUnavailableError
from tests.support.clock import SteppedClock
from tests.support.prompts import EXPANDS, PromptsInMemory, template_prompt

DOWN = StoreUnavailableError("The store is away.", remedy="Wait.")


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def source() -> PromptsInMemory:
    return PromptsInMemory(template_prompt("s1"), template_prompt("s2", "Again: {question}"), current={"expand": "s1"})


@pytest.fixture
def prompts(source: PromptsInMemory, clock: SteppedClock) -> CachedPrompts:
    return cached(source, clock)


def cached(source: PromptsInMemory, clock: SteppedClock, versions: dict[str, str] | None = None) -> CachedPrompts:
    code = CodePrompts(EXPANDS, {"expand": "v1"})
    return CachedPrompts(source, code, ttl_seconds=60, versions=versions, clock=clock.now)


@pytest.fixture
def told() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, level="INFO", format="{level} {message}")
    yield lines
    logger.remove(sink)


def used(prompts: CachedPrompts, version: str | None = None) -> tuple[str, str]:
    reference = prompts.prompt("expand", version).reference
    return reference.version, reference.origin


def test_the_current_version_is_asked_for_again_after_its_time(
    prompts: CachedPrompts, source: PromptsInMemory, clock: SteppedClock
) -> None:
    assert used(prompts) == ("s1", "store")
    source.current["expand"] = "s2"
    clock.pass_by(59)
    assert used(prompts) == ("s1", "store")
    clock.pass_by(1)
    assert used(prompts) == ("s2", "store")
    assert len(source.asked) == 2


def test_a_named_version_is_asked_for_once(
    prompts: CachedPrompts, source: PromptsInMemory, clock: SteppedClock
) -> None:
    assert used(prompts, "s2") == ("s2", "store")
    clock.pass_by(100_000)
    assert used(prompts, "s2") == ("s2", "store")
    assert source.asked == [("expand", "s2")]


def test_a_set_version_goes_before_the_current_one(source: PromptsInMemory, clock: SteppedClock) -> None:
    assert used(cached(source, clock, {"expand": "s2"})) == ("s2", "store")


def test_what_was_loaded_last_outlives_a_failure(
    prompts: CachedPrompts, source: PromptsInMemory, clock: SteppedClock
) -> None:
    prompts.prompt("expand")
    source.failure = DOWN
    clock.pass_by(60)

    assert used(prompts) == ("s1", "store")
    assert used(prompts) == ("s1", "store")
    assert len(source.asked) == 2  # a source that failed is left alone for ten seconds
    clock.pass_by(10)
    assert used(prompts) == ("s1", "store")
    assert len(source.asked) == 3
    assert prompts.failures == {"StoreUnavailableError": 2}


def test_a_source_that_is_back_is_used_again(
    prompts: CachedPrompts, source: PromptsInMemory, clock: SteppedClock
) -> None:
    source.failure = DOWN
    assert used(prompts) == ("v1", "code")
    source.failure = None
    assert used(prompts) == ("v1", "code")
    clock.pass_by(10)
    assert used(prompts) == ("s1", "store")


def test_a_prompt_that_the_source_does_not_have_comes_from_the_code(
    prompts: CachedPrompts, source: PromptsInMemory, clock: SteppedClock
) -> None:
    prompts.prompt("expand")
    source.current.clear()
    clock.pass_by(60)

    assert used(prompts) == ("v1", "code")
    assert prompts.failures == {"UnknownPromptError": 1}


def test_a_set_version_that_nobody_has_becomes_the_code_s_current_one(
    source: PromptsInMemory, clock: SteppedClock
) -> None:
    source.failure = DOWN

    assert used(cached(source, clock, {"expand": "s2"})) == ("v1", "code")


def test_a_version_that_somebody_asks_for_is_never_replaced_by_another(
    prompts: CachedPrompts, source: PromptsInMemory
) -> None:
    source.failure = DOWN

    assert used(prompts, "v2") == ("v2", "code")
    with pytest.raises(StoreUnavailableError, match="The store is away"):
        prompts.prompt("expand", "s2")


def test_a_name_that_nobody_has_is_told(prompts: CachedPrompts) -> None:
    with pytest.raises(UnknownPromptError, match="no prompt 'expandd'"):
        prompts.prompt("expandd")


def test_loads_and_failures_are_logged_with_hash_and_origin(
    prompts: CachedPrompts, source: PromptsInMemory, clock: SteppedClock, told: list[str]
) -> None:
    stored = prompts.prompt("expand").reference.content_hash[:12]
    prompts.prompt("expand")
    source.failure = DOWN
    clock.pass_by(60)
    prompts.prompt("expand")

    assert told == [
        f"INFO loaded the prompt expand s1 ({stored}) from store\n",
        (
            f"WARNING what was loaded last is used for expand, s1 ({stored}) from store: StoreUnavailableError: "
            "The store is away.\n"
        ),
    ]


def test_a_prompt_of_the_code_is_logged_once(told: list[str]) -> None:
    prompts = CodePrompts(EXPANDS, {"expand": "v1"})
    first = prompts.prompt("expand").reference.content_hash[:12]
    prompts.prompt("expand")

    assert told == [f"INFO loaded the prompt expand v1 ({first}) from code\n"]
