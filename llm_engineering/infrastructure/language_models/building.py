"""Builds the language model that the settings ask for, with all that is around it."""

from collections.abc import Callable
from typing import Final

from llm_engineering.application.language_models.breaker import BreakingModel
from llm_engineering.application.language_models.ledger import Budget
from llm_engineering.application.language_models.metering import MeteredModel, Prices
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.language_models.retrying import RetryingModel, RetryPolicy
from llm_engineering.application.prompts.contract import checked_folder
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.language_models.addresses import OPENAI, ModelAddress
from llm_engineering.infrastructure.language_models.sqlite_ledger import SqliteCallLedger
from llm_engineering.infrastructure.language_models.timeouts import ModelTimeouts
from llm_engineering.settings import LanguageModelProvider, Settings

LEDGER_FILE: Final = "model_calls.sqlite3"
STANDARD_OPENAI_MODEL: Final = "gpt-4o-mini"
_EVIDENCE: Final[dict[LanguageModelProvider, tuple[str, ...]]] = {
    LanguageModelProvider.OPENAI: ("openai_base_url", "openai_api_key", "openai_model_id"),
    LanguageModelProvider.SAGEMAKER: ("sagemaker_endpoint_inference",),
    LanguageModelProvider.TRANSFORMERS: ("hf_model_id",),
}
"""Settings that show which provider is meant."""


class LanguageModelSettingsError(InvalidInputError):
    """The settings of the language model contradict each other or lack something."""


def provider(settings: Settings) -> LanguageModelProvider:
    """Return the provider that is set, or that the other settings show.

    Raises:
        LanguageModelSettingsError: Settings of several providers are there, and none is named.
    """
    if settings.language_model_provider is not None:
        return settings.language_model_provider
    given = {
        each: [name.upper() for name in names if getattr(settings, name) is not None]
        for each, names in _EVIDENCE.items()
    }
    shown = {each: names for each, names in given.items() if names}
    if len(shown) > 1:
        listed = "; ".join(f"{', '.join(names)} for {each.value}" for each, names in shown.items())
        raise LanguageModelSettingsError(
            f"It is not clear which language model is meant: there are {listed}.",
            remedy=f"Set LANGUAGE_MODEL_PROVIDER to one of {', '.join(each.value for each in shown)}.",
        )
    return next(iter(shown), LanguageModelProvider.EXTRACTIVE)


def built_model(settings: Settings, prompts: PromptSource) -> LanguageModel:
    """Return the language model of the settings: metered, left alone when it fails, tried again where that helps.

    No weights are loaded and no question is sent before the first call; but a model that names the prompt contract that
    it was trained under is held to it now. The one that quotes is returned bare: it costs nothing, asks nobody and does
    not fail.

    Args:
        settings: Which model.
        prompts: What it will be asked with.

    Raises:
        ContractMismatchError: It was trained under another prompt contract, and `allow_other_contract` is not set.
        UnreadableContractError: What it names is no contract.
        LanguageModelSettingsError: Settings contradict each other, or one is missing.
        InvalidInputError: An address or a key cannot be used.
    """
    kind = provider(settings)
    _require_priced_budget(settings, kind)
    if kind is LanguageModelProvider.EXTRACTIVE:
        return _extractive()
    model, destination = _BUILDERS[kind](settings, prompts)
    prices = model_prices(settings)
    budget = None
    if settings.language_model_budget is not None:
        budget = Budget(limit=settings.language_model_budget, days=settings.language_model_budget_days)
    ledger = SqliteCallLedger(settings.data_folder / LEDGER_FILE, timeout_seconds=settings.store_timeout_seconds)
    metered = MeteredModel(model, ledger, prices=prices, budget=budget, destination=destination)
    # Around the meter, so that each try is entered and the budget holds for all of them.
    return RetryingModel(BreakingModel(metered), RetryPolicy(tries=settings.language_model_tries))


def _extractive() -> LanguageModel:
    from llm_engineering.application.terms.encoding import TermEncoder
    from llm_engineering.domain.chunks import STANDARD_TERMS
    from llm_engineering.infrastructure.language_models.extractive import ExtractiveModel
    from llm_engineering.infrastructure.stemming import stemmer

    return ExtractiveModel(TermEncoder(STANDARD_TERMS, stemmer(STANDARD_TERMS.language)).stems)


def _openai(settings: Settings, _prompts: PromptSource) -> tuple[LanguageModel, str | None]:
    from llm_engineering.infrastructure.language_models.openai_compatible import OpenAICompatibleModel

    address = ModelAddress.parse(settings.openai_base_url or OPENAI)
    name = settings.openai_model_id
    if address.url == OPENAI:
        name = name or STANDARD_OPENAI_MODEL
        if settings.openai_api_key is None:
            raise LanguageModelSettingsError(
                "OPENAI_API_KEY is not set, and api.openai.com lets nobody in without a key.",
                remedy="Set it, or set OPENAI_BASE_URL to another server.",
            )
    if name is None:
        raise LanguageModelSettingsError(
            f"OPENAI_BASE_URL is {address.url!r}, but OPENAI_MODEL_ID does not say which of its models is meant.",
            remedy=f"Set OPENAI_MODEL_ID; {address.url}/models lists them.",
        )
    model = OpenAICompatibleModel.connect(address, settings.openai_api_key, name, _timeouts(settings))
    return model, None if address.is_loopback else address.host


def _sagemaker(settings: Settings, prompts: PromptSource) -> tuple[LanguageModel, str | None]:
    from llm_engineering.infrastructure.aws.clients import AwsAccess
    from llm_engineering.infrastructure.language_models.sagemaker_endpoint import SageMakerModel, aws_client
    from llm_engineering.infrastructure.language_models.sagemaker_tags import checked_endpoint

    if settings.sagemaker_endpoint_inference is None:
        raise LanguageModelSettingsError(
            "LANGUAGE_MODEL_PROVIDER is sagemaker, but SAGEMAKER_ENDPOINT_INFERENCE names no endpoint.",
            remedy="Set it to the name of an endpoint that is in service.",
        )
    endpoint, timeouts = settings.sagemaker_endpoint_inference, _timeouts(settings)
    access = AwsAccess.of(settings)
    model = SageMakerModel.connect(
        endpoint, access, timeouts=timeouts, component=settings.sagemaker_component_inference
    )
    tags = aws_client("sagemaker", endpoint, access, timeouts)
    checked_endpoint(tags, endpoint, prompts, is_other_allowed=settings.allow_other_contract)
    return model, model.host


def _transformers(settings: Settings, prompts: PromptSource) -> tuple[LanguageModel, str | None]:
    from llm_engineering.infrastructure.language_models.transformers_folder import TransformersModel

    if settings.hf_model_id is None:
        raise LanguageModelSettingsError(
            "LANGUAGE_MODEL_PROVIDER is transformers, but HF_MODEL_ID names no model.",
            remedy="Set it to a local folder or to an id on the Hugging Face Hub.",
        )
    model = TransformersModel.from_model_id(settings.hf_model_id, settings.huggingface_access_token)
    checked_folder(model.folder, prompts, is_other_allowed=settings.allow_other_contract)
    return model, None


_BUILDERS: Final[dict[LanguageModelProvider, Callable[[Settings, PromptSource], tuple[LanguageModel, str | None]]]] = {
    LanguageModelProvider.OPENAI: _openai,
    LanguageModelProvider.SAGEMAKER: _sagemaker,
    LanguageModelProvider.TRANSFORMERS: _transformers,
}


def _timeouts(settings: Settings) -> ModelTimeouts:
    return ModelTimeouts(
        connect=settings.language_model_connect_timeout_seconds,
        whole=settings.language_model_timeout_seconds,
        token=settings.language_model_token_timeout_seconds,
    )


def model_destination(settings: Settings) -> str | None:
    """Return where texts go that the language model of the settings is given: a host, or None if they stay here.

    Raises:
        InvalidInputError: An address cannot be used.
    """
    kind = provider(settings)
    if kind is LanguageModelProvider.OPENAI:
        address = ModelAddress.parse(settings.openai_base_url or OPENAI)
        return None if address.is_loopback else address.host
    if kind is LanguageModelProvider.SAGEMAKER:
        return f"the SageMaker endpoint {settings.sagemaker_endpoint_inference}"
    return None


def model_prices(settings: Settings) -> Prices | None:
    """Return what the language model of the settings costs; None if that is not set."""
    prompt, completion = settings.language_model_prompt_price, settings.language_model_completion_price
    if prompt is None and completion is None:
        return None
    return Prices(per_million_prompt_tokens=prompt or 0.0, per_million_completion_tokens=completion or 0.0)


def _require_priced_budget(settings: Settings, kind: LanguageModelProvider) -> None:
    """Check that a budget can be kept.

    Raises:
        LanguageModelSettingsError: Without both prices nobody knows what a call costs.
    """
    prices = {
        "LANGUAGE_MODEL_PROMPT_PRICE": settings.language_model_prompt_price,
        "LANGUAGE_MODEL_COMPLETION_PRICE": settings.language_model_completion_price,
    }
    missing = [name for name, price in prices.items() if price is None]
    is_priced_by_half = len(missing) == 1
    needs_prices = settings.language_model_budget is not None and kind is not LanguageModelProvider.EXTRACTIVE
    if missing and (needs_prices or is_priced_by_half):
        what = f"LANGUAGE_MODEL_BUDGET is {settings.language_model_budget:g}" if needs_prices else "One price is set"
        raise LanguageModelSettingsError(
            f"{what}, but {' and '.join(missing)} {'is' if is_priced_by_half else 'are'} not.",
            remedy="Set them to what the provider charges for a million tokens; 0 means that they are free.",
        )
