from html.parser import HTMLParser

from llm_engineering.domain.training import (
    DatasetReference,
    SampleReply,
    StageFigures,
    StepFigures,
    TrainedModel,
    TrainingMethod,
    WeightsKind,
)
from steps.training.report import training_html

DATA = DatasetReference(name="accepted_dataset 3", content_hash="c" * 64, train=90, test=10)


def model(**changes: object) -> TrainedModel:
    fields: dict[str, object] = {
        "folder": "data/models/twin/dpo/merged",
        "kind": WeightsKind.MERGED,
        "base_model": "tides/words",
        "contract_hash": "d" * 64,
        "stages": (
            StageFigures(
                method=TrainingMethod.DPO,
                dataset=DATA,
                steps=4,
                epochs=1.0,
                resumed_from_step=2,
                stopped_early=True,
                seconds=20.0,
                tokens=4_000,
                peak_memory_bytes=512_000_000,
                precision="float32",
                history=(
                    StepFigures(step=2, epoch=0.5, values={"loss": 0.6, "rewards/margins": 0.25}),
                    StepFigures(step=4, epoch=1.0, values={"loss": 0.5, "rewards/margins": 0.75}),
                ),
            ),
        ),
        "replies": (
            SampleReply(
                method=TrainingMethod.DPO, instruction="What <b>is</b> it?", expected="A tide.", said="<script>"
            ),
        ),
        "parameters": {"seed": 42, "dpo": {"beta": 0.1}},
        **changes,
    }
    return TrainedModel.model_validate(fields)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def test_the_page_tells_how_a_stage_went() -> None:
    page = training_html(model())

    assert "Trained model: dpo, merged" in page
    assert "accepted_dataset 3: 90 samples for training, 10 for testing" in page
    assert "20.0 s, 4,000 tokens, 200 tokens/s" in page
    assert "512 MB at most" in page
    assert "It went on from step 2." in page
    assert "It stopped early" in page
    assert "<td>dpo.beta</td><td><pre>0.1</pre></td>" in page


def test_what_was_measured_is_drawn() -> None:
    page = training_html(model())

    assert "<figcaption>Preference margin</figcaption>" in page
    assert "training, step 4: 0.75" in page
    # Nothing was measured on the test side, and no learning rate.
    assert "test side, step" not in page
    assert "<figcaption>Learning rate</figcaption>" not in page


def test_texts_of_others_are_escaped() -> None:
    tags = Tags()
    tags.feed(training_html(model()))

    assert not {"script", "b"} & set(tags.found)


def test_a_model_without_a_stage_has_a_page() -> None:
    assert "Trained model: base, merged" in training_html(model(stages=(), replies=(), parameters={}))
