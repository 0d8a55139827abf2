"""The contract that belongs to a data set."""

from llm_engineering.application.datasets.rows import require_contract
from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import GatedDataset
from llm_engineering.infrastructure.factory import opened_document_store, prompt_source
from llm_engineering.settings import Settings


def dataset_contract(settings: Settings, dataset: GatedDataset) -> PromptContract | None:
    """Return the contract that a data set was made under, which is the current one; None if its samples name none.

    Raises:
        ContractMismatchError: Prompts have changed since the samples were made.
        StoreUnavailableError: Prompts lie in the document store, which could not be read.
    """
    if dataset.contract_hash is None:
        return None
    with opened_document_store(settings) as store:
        contract = prompt_contract(prompt_source(settings, store))
    require_contract(dataset, contract)
    return contract
