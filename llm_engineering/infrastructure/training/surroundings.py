"""What a training takes from where it runs: the current contract, and the version of the code."""

from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.factory import opened_document_store, prompt_source
from llm_engineering.infrastructure.tracing.code_version import code_version
from llm_engineering.settings import Settings


def current_contract(settings: Settings) -> PromptContract:
    """Return the contract under which data sets are made now; without a chat template, which comes with a model.

    Raises:
        StoreUnavailableError: Prompts lie in the document store, which could not be read.
    """
    with opened_document_store(settings) as store:
        return prompt_contract(prompt_source(settings, store))


def trained_by() -> str | None:
    """Return the git commit of the program, as `TrainedModel.code_version`."""
    code = code_version()
    return f"{code.commit}+dirty" if code.commit and code.is_modified else code.commit
