"""What every ModelTrainer promises, as tests: a suite subclasses this and defines the fixture `trainer`."""

from pathlib import Path

import pytest

from llm_engineering.application.prompts.contract import folder_chat_template
from llm_engineering.application.train.checks import asked
from llm_engineering.application.train.configuration import DpoStage, SftStage
from llm_engineering.application.train.program import checked_stages
from llm_engineering.application.train.trainer import ModelTrainer, StageJob
from llm_engineering.domain.language_models import ChatMessage, Role
from llm_engineering.domain.training import TrainingMethod, WeightsKind
from tests.support.training import CONTRACT, NotedTraining, instruct_samples, sources, tiny_dpo, tiny_plan, tiny_sft

QUESTION = ChatMessage(role=Role.USER, content="What is the glass tide?")


class ModelTrainerContract:
    """Holds for every adapter and every fake."""

    @pytest.fixture
    def trainer(self) -> ModelTrainer:
        """Return what trains, by LoRA in float32."""
        raise NotImplementedError

    @pytest.fixture
    def jobs(self, trainer: ModelTrainer, tmp_path: Path) -> list[StageJob]:
        """Return SFT and DPO on its result, of three steps each."""
        stages: dict[TrainingMethod, SftStage | DpoStage] = {
            TrainingMethod.SFT: tiny_sft(max_steps=3, evaluation_steps=None),
            TrainingMethod.DPO: tiny_dpo(max_steps=3, evaluation_steps=None),
        }
        plan = tiny_plan(
            Path(trainer.base.name), tmp_path, sft=stages[TrainingMethod.SFT], dpo=stages[TrainingMethod.DPO]
        )
        jobs: list[StageJob] = []
        for checked in checked_stages(plan, sources(plan), trainer, CONTRACT):
            start = jobs[-1].trained_weights if jobs else None
            data = {"dataset": checked.dataset, "train": checked.train, "test": checked.test}
            place = tmp_path / checked.method
            jobs.append(
                StageJob(method=checked.method, settings=stages[checked.method], start=start, folder=place, **data)
            )
        return jobs

    def test_the_base_model_is_known_before_anything_is_trained(self, trainer: ModelTrainer) -> None:
        assert trainer.base.chat_template
        assert trainer.base.context_tokens > 0
        assert trainer.is_main

    def test_an_answer_ends_with_one_token_whatever_it_says(self, trainer: ModelTrainer) -> None:
        ends = {tuple(trainer.answer_tokens(answer))[-1] for answer in ("It rises.", "No", "The tide comes in.")}

        assert len(ends) == 1
        assert not ends & set(trainer.prompt_tokens([QUESTION])[-1:])

    def test_each_stage_tells_how_it_goes_and_goes_on_from_the_one_before(
        self, trainer: ModelTrainer, jobs: list[StageJob]
    ) -> None:
        for job in jobs:
            listener = NotedTraining()

            figures = trainer.train(job, listener)

            assert (figures.method, figures.steps, figures.resumed_from_step) == (job.method, 3, None)
            assert figures.dataset == job.dataset
            assert figures.tokens > 0
            assert (listener.progress[-1].step, listener.progress[-1].steps) == (3, 3)
            assert [step.step for _, step in listener.figures if "loss" in step.values] == [1, 2, 3]
            assert len(figures.values("loss")) == 3
            assert job.trained_weights.is_dir()

    def test_a_finished_stage_is_not_trained_again(self, trainer: ModelTrainer, jobs: list[StageJob]) -> None:
        first, listener = trainer.train(jobs[0], NotedTraining()), NotedTraining()

        again = trainer.train(jobs[0], listener)

        assert again == first
        assert listener.progress == []

    def test_what_is_saved_has_the_template_of_the_base_model(
        self, trainer: ModelTrainer, jobs: list[StageJob], tmp_path: Path
    ) -> None:
        trainer.train(jobs[0], NotedTraining())
        for kind in (WeightsKind.ADAPTER, WeightsKind.MERGED):
            folder = tmp_path / "saved" / kind
            folder.mkdir(parents=True)

            trainer.save(jobs[0], kind, folder)

            assert folder_chat_template(folder) == trainer.base.chat_template

    def test_each_conversation_gets_a_reply(self, trainer: ModelTrainer, jobs: list[StageJob]) -> None:
        trainer.train(jobs[0], NotedTraining())
        conversations = [asked(sample, CONTRACT) for sample in instruct_samples()[:2]]

        replies = trainer.replies(jobs[0], conversations, 4)

        assert len(replies) == 2
        assert trainer.replies(jobs[0], conversations, 4) == replies
