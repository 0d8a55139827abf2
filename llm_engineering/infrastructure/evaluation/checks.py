"""What is checked before an evaluation begins, so that no hour of work ends in an error that was there at the start."""

from collections.abc import Mapping

from loguru import logger

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, ModelEvaluating, ModelKind
from llm_engineering.application.evaluate.model_scoring.folders import require_model_folder
from llm_engineering.application.index.catalog import live_collection
from llm_engineering.application.prompts.contract import checked_folder, folder_contract
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.prompt_contracts import ContractMismatchError, PromptContract
from llm_engineering.infrastructure.evaluation.model_source import model_folder
from llm_engineering.infrastructure.evaluation.rouge import RougeOverlap
from llm_engineering.infrastructure.experiments import NoJudgeModelError
from llm_engineering.infrastructure.factory import embedder, opened_catalog, opened_document_store, prompt_source
from llm_engineering.infrastructure.language_models.building import provider
from llm_engineering.settings import LanguageModelProvider, Settings


class NoModelToAskError(InvalidInputError):
    """A model of the settings is to answer, and none is set."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The model {name!r} is the language model of the settings, and none is set.",
            remedy="Set one (docs/language-models.md), name a folder, or take the model out of `models`.",
        )
        self.name = name


def checked_models(settings: Settings, evaluating: ModelEvaluating, dataset_contract: str | None) -> PromptContract:
    """Return the contract that models are asked under, after a look at all that the evaluation needs.

    It is that of the trained models, without the chat template, which stays with each model; models that name none are
    asked in the same way. If none names one, instructions are asked as they are.

    Args:
        settings: Of stores and models.
        evaluating: What is to be done.
        dataset_contract: Hash of the contract that the samples were made under; None: they do not say.

    Raises:
        UnusableModelFolderError: A folder is not there or holds no chat model.
        ContractMismatchError: A model was trained under another contract than another one, the data set, or the prompts
            that are current, and `allow_other_contract` is not set.
        UnreadableContractError: What lies beside a model is no contract.
        NoModelToAskError: The language model of the settings is to answer, and there is none.
        NoJudgeModelError: It is to judge, and there is none.
        NoLiveIndexError: A model answers from the index, and there is none.
        RougeMissingError: The extra `train` is not installed.
    """
    RougeOverlap()
    _require_judge(settings, evaluating)
    contracts: dict[str, PromptContract] = {}
    with opened_document_store(settings) as store:
        prompts = prompt_source(settings, store)
        for model in evaluating.models:
            found = _checked_model(settings, model, prompts)
            if found is not None:
                contracts[model.name] = found.model_copy(update={"chat_template": None})
    if any(model.kind is ModelKind.RAG for model in evaluating.models):
        with opened_catalog(settings) as catalog:
            live_collection(catalog, embedder(settings).identity)
    return evaluation_contract(contracts, dataset_contract, is_other_allowed=settings.allow_other_contract)


def evaluation_contract(
    contracts: Mapping[str, PromptContract], dataset_contract: str | None, *, is_other_allowed: bool
) -> PromptContract:
    """Return the contract that all are asked under.

    Args:
        contracts: Of the models that name one, without chat templates, by name.
        dataset_contract: Hash of that of the samples; None: it is not known.
        is_other_allowed: Whether it may differ from that of the samples.

    Raises:
        ContractMismatchError: Two models name different ones, or the samples were made under another one.
    """
    if not contracts:
        return PromptContract()
    (first, asked), *others = contracts.items()
    for name, other in others:
        if other.contract_hash != asked.contract_hash:
            raise ContractMismatchError(
                f"The model {name!r}", other.contract_hash, f"{asked.contract_hash} of the model {first!r}"
            )
    if dataset_contract not in {None, asked.contract_hash}:
        mismatch = ContractMismatchError(
            f"The model {first!r}", asked.contract_hash, f"{dataset_contract} of the samples"
        )
        if not is_other_allowed:
            raise mismatch
        logger.warning("scored under another prompt contract, as is allowed: {problem}", problem=mismatch.problem)
    return asked


def _require_judge(settings: Settings, evaluating: ModelEvaluating) -> None:
    if evaluating.judge is not None and provider(settings) is LanguageModelProvider.EXTRACTIVE:
        raise NoJudgeModelError("none is set, and passages are quoted")


def _checked_model(settings: Settings, model: EvaluatedModel, prompts: PromptSource) -> PromptContract | None:
    folder = model_folder(settings, model)
    if folder is not None:
        require_model_folder(model.name, folder)
        checked_folder(folder, prompts, is_other_allowed=settings.allow_other_contract)
        return folder_contract(folder) if model.kind is ModelKind.FOLDER else None
    if model.kind is ModelKind.SETTINGS and provider(settings) is LanguageModelProvider.EXTRACTIVE:
        raise NoModelToAskError(model.name)
    return None
