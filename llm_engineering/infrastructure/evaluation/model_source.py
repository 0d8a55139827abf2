"""Opens the models of an evaluation: from folders, by the settings, or on the index."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from llm_engineering.application.evaluate.model_scoring.answering import ModelAnswerer
from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, ModelKind, Speaking
from llm_engineering.application.evaluate.model_scoring.folders import folder_fingerprint, weights_hash
from llm_engineering.application.evaluate.model_scoring.likelihood import TextReader
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.answering import opened_answerer
from llm_engineering.infrastructure.evaluation.transformers_reader import TransformersReader
from llm_engineering.infrastructure.experiments import answering_fingerprints, settings_with_model
from llm_engineering.infrastructure.factory import language_model, opened_document_store, prompt_source
from llm_engineering.infrastructure.language_models.transformers_folder import TransformersModel, downloaded_folder
from llm_engineering.settings import Settings

_ONE_PASSAGE = 1
"""Questions need a number of passages; a model that answers by itself is given none."""


class SettingsModelSource:
    """Opens the models of an evaluation as the settings and the configuration say.

    Args:
        settings: Of the stores, the data folder and the language model.
        contract: How models are asked that answer by themselves.
        speaking: How long and how surely these answer.
        window_tokens: How much of a text a model that runs here sees at once; None: likelihoods are not wanted.
    """

    def __init__(
        self, settings: Settings, contract: PromptContract, speaking: Speaking, window_tokens: int | None
    ) -> None:
        self._settings = settings
        self._contract = contract
        self._speaking = speaking
        self._window_tokens = window_tokens
        self._weights: dict[Path, str | None] = {}
        self._prints: dict[Path, str] = {}

    def folder(self, model: EvaluatedModel) -> Path | None:
        """Return where the weights of a model lie; None if they are not here."""
        return model_folder(self._settings, model)

    def place(self, model: EvaluatedModel) -> str:
        """Return the folder as it is configured, or which language model answers."""
        if model.kind is ModelKind.RAG:
            return f"the index, answered by {model.folder or model.hub_id or 'the language model of the settings'}"
        return model.folder or model.hub_id or f"{model.model or 'the language model'} of the settings"

    def weights_hash(self, model: EvaluatedModel) -> str | None:
        """Return the SHA-256 of the weights of a model that is a folder; None of a service, also on such a folder."""
        folder = self.folder(model)
        if folder is None or model.kind is not ModelKind.FOLDER:
            return None
        return self._weights_of(folder)

    @asynccontextmanager
    async def answerer(self, model: EvaluatedModel) -> AsyncIterator[RunningVariant]:
        """Open what answers questions as a model.

        Raises:
            NoLiveIndexError: A model answers from the index, and there is none.
            InvalidInputError: The settings of the language model contradict each other, or one is missing.
            StoreUnavailableError: A store could not be reached or opened.
        """
        opened = self._opened(model)
        try:
            if model.kind is ModelKind.RAG:
                (base,) = answering_fingerprints(
                    self._settings, (model.answering,), model=opened.identity, passages=model.passages
                )
                async with opened_answerer(self._settings, model.answering, model=opened) as answerer:
                    print_ = content_hash(base, self._folder_print(model))
                    yield RunningVariant(model.name, print_, answerer, model.passages)
            else:
                answerer_alone = ModelAnswerer(opened, self._contract, self._speaking, monotonic)
                yield RunningVariant(model.name, self._print(model, opened), answerer_alone, _ONE_PASSAGE)
        finally:
            await opened.close()

    def reading_fingerprint(self, model: EvaluatedModel) -> str | None:
        """Return a hash over folder and window; None of services, or if likelihoods are not wanted."""
        if model.kind is not ModelKind.FOLDER or self._window_tokens is None:
            return None
        return content_hash("likelihood", self._folder_print(model), str(self._window_tokens))

    def reader(self, model: EvaluatedModel) -> TextReader:
        """Return what says how likely texts are."""
        folder = self.folder(model)
        if folder is None or self._window_tokens is None:
            raise AssertionError(model.name)  # it has no fingerprint, so that nobody asks
        return TransformersReader(folder, self._window_tokens)

    def _opened(self, model: EvaluatedModel) -> LanguageModel:
        folder = self.folder(model)
        if folder is not None:
            return TransformersModel(folder, folder.name)
        settings = settings_with_model(self._settings, model.model)
        with opened_document_store(settings) as store:
            return language_model(settings, prompt_source(settings, store))

    def _print(self, model: EvaluatedModel, opened: LanguageModel) -> str:
        asked = (self._contract.asked_hash, self._speaking.model_dump_json())
        return content_hash(opened.identity.model_dump_json(), self._folder_print(model), *asked)

    def _folder_print(self, model: EvaluatedModel) -> str | None:
        folder = self.folder(model)
        if folder is None:
            return None
        if folder not in self._prints:
            self._prints[folder] = folder_fingerprint(folder, self._weights_of(folder))
        return self._prints[folder]

    def _weights_of(self, folder: Path) -> str | None:
        if folder not in self._weights:
            self._weights[folder] = weights_hash(folder)
        return self._weights[folder]


def model_folder(settings: Settings, model: EvaluatedModel) -> Path | None:
    """Return the folder of a model, a relative one below the data folder; None if it has none.

    Raises:
        UnusableChatModelError: It is to come from the Hugging Face Hub, which does not give it.
    """
    if model.hub_id is not None:
        return downloaded_folder(model.hub_id, settings.huggingface_access_token)
    return None if model.folder is None else settings.data_folder / Path(model.folder).expanduser()
