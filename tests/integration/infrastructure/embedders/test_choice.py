"""Which backend is chosen, on a small model that is made for it."""

from pathlib import Path

import numpy as np
import pytest

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.embedders.backends import (
    Backend,
    BackendUnavailableError,
    available_backends,
    this_processor,
)
from llm_engineering.infrastructure.embedders.choice import AUTO, BackendChoice
from llm_engineering.infrastructure.embedders.measurement import TEXTS, measured_backends
from llm_engineering.infrastructure.embedders.model_tokenizer import ModelTokenizer
from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder
from llm_engineering.infrastructure.embedders.torch_model import TorchModel
from llm_engineering.infrastructure.embedders.verdicts import Verdict, keep_verdict, kept_verdicts
from tests.support.tiny_model import DIMENSION, saved_tiny_model

pytestmark = pytest.mark.integration

TEXT_LENGTHS = [4, 4, 4, 30, 4, 30]
SOME_TEXTS = ["a b", "c d", "e f", "g " * 28, "h i", "j " * 28]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny_model(tmp_path_factory.mktemp("model"), prompts={})


@pytest.fixture
def verdicts(tmp_path: Path) -> Path:
    return tmp_path / "verdicts.json"


def live(precision: str, model: str = "tiny", dimension: int = DIMENSION) -> EmbeddingIdentity:
    return EmbeddingIdentity(model=model, dimension=dimension, precision=precision)


def precision(choice: BackendChoice, folder: Path) -> str:
    return choice.precision(folder, "tiny", DIMENSION)


class TestNamedInTheSettings:
    def test_it_is_used_and_nothing_is_measured_or_asked(self, folder: Path, verdicts: Path) -> None:
        def asked() -> EmbeddingIdentity:
            raise AssertionError

        choice = BackendChoice(Backend.CPU_FLOAT32, verdicts, asked)

        assert (precision(choice, folder), choice.backend("float32")) == ("float32", Backend.CPU_FLOAT32)
        assert not verdicts.exists()

    def test_one_that_the_machine_has_not_is_refused_with_those_that_it_has(self) -> None:
        import torch

        if torch.cuda.is_available():
            pytest.skip("this machine has CUDA")

        with pytest.raises(BackendUnavailableError, match="'cuda-float32', which this machine cannot compute") as told:
            BackendChoice(Backend.CUDA_FLOAT32).backend("float32")

        assert Backend.CPU_FLOAT32 in told.value.available


class TestByItself:
    @pytest.mark.parametrize("kept", ["float32", "bfloat16", "float8"])
    def test_the_live_collection_decides_the_precision_whatever_is_faster(
        self, kept: str, folder: Path, verdicts: Path
    ) -> None:
        choice = BackendChoice(AUTO, verdicts, lambda: live(kept))

        assert precision(choice, folder) == kept
        assert not verdicts.exists()

    def test_what_the_machine_cannot_compute_is_computed_in_float32(self) -> None:
        assert BackendChoice(AUTO).backend("float8") is Backend.CPU_FLOAT32

    @pytest.mark.parametrize("other", [live("bfloat16", model="other"), live("bfloat16", dimension=3), None])
    def test_a_collection_of_another_model_decides_nothing(
        self, other: EmbeddingIdentity | None, folder: Path, verdicts: Path
    ) -> None:
        precision(BackendChoice(AUTO, verdicts, lambda: other), folder)

        assert len(kept_verdicts(verdicts)) == 1

    def test_what_was_measured_once_is_not_measured_again(self, folder: Path, verdicts: Path) -> None:
        choice = BackendChoice(AUTO, verdicts)
        measured = precision(choice, folder)
        [verdict] = kept_verdicts(verdicts).values()
        assert measured == verdict.backend.precision
        keep_verdict(verdicts, verdict.model_copy(update={"backend": Backend.CPU_BFLOAT16}))

        assert precision(choice, folder) == "bfloat16"

    @pytest.mark.parametrize("stale", [{"torch": "1.0"}, {"processor": "other"}, {"model": "other"}])
    def test_a_verdict_of_other_parts_is_not_used(self, stale: dict[str, str], folder: Path, verdicts: Path) -> None:
        precision(BackendChoice(AUTO, verdicts), folder)
        [verdict] = kept_verdicts(verdicts).values()
        verdicts.unlink()
        keep_verdict(verdicts, Verdict.model_validate({**verdict.model_dump(), **stale}))

        precision(BackendChoice(AUTO, verdicts), folder)

        assert len(kept_verdicts(verdicts)) == 2

    def test_the_embedder_says_the_precision_of_the_collection_that_it_stands_in_for(
        self, folder: Path, verdicts: Path
    ) -> None:
        follows = SentenceTransformerEmbedder.from_model_id(
            str(folder), BackendChoice(AUTO, verdicts, lambda: live("float8"))
        )

        assert follows.identity == live("float8")
        exact = SentenceTransformerEmbedder.from_model_id(str(folder))
        assert np.array_equal(follows.embed_query("a b"), exact.embed_query("a b"))


class TestMeasuring:
    def test_float32_agrees_with_itself_and_bfloat16_nearly(self, folder: Path) -> None:
        tokenizer = ModelTokenizer(folder)
        backends = (Backend.CPU_BFLOAT16, Backend.CPU_FLOAT32)

        rounded, exact = measured_backends(folder, backends, tokenizer.lengths(TEXTS), tokenizer.max_tokens)

        assert (rounded.backend, exact.backend) == backends
        assert exact.agreement == pytest.approx(1, abs=1e-6)
        assert 0.99 < rounded.agreement < 1

    def test_every_machine_has_float32(self) -> None:
        assert Backend.CPU_FLOAT32 in available_backends(this_processor())


class TestTorchModel:
    def test_rows_have_the_order_of_the_texts_however_they_are_batched(self, folder: Path) -> None:
        model = TorchModel(folder, Backend.CPU_FLOAT32, max_tokens=32)
        texts, lengths = SOME_TEXTS * 100, TEXT_LENGTHS * 100  # several batches

        rows = model.documents(texts, lengths, prompt="")

        alone = np.concatenate([model.documents([text], [4], prompt="") for text in SOME_TEXTS])
        assert rows == pytest.approx(np.tile(alone, (100, 1)), abs=1e-5)

    def test_the_threads_of_torch_are_as_many_as_before(self, folder: Path) -> None:
        import torch

        before = torch.get_num_threads()
        TorchModel(folder, Backend.CPU_FLOAT32, max_tokens=32).documents(
            SOME_TEXTS * 100, TEXT_LENGTHS * 100, prompt=""
        )

        assert torch.get_num_threads() == before

    def test_bfloat16_gives_vectors_of_length_one(self, folder: Path) -> None:
        rows = TorchModel(folder, Backend.CPU_BFLOAT16, max_tokens=32).documents(SOME_TEXTS, TEXT_LENGTHS, prompt="")

        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(SOME_TEXTS)), abs=1e-6)
