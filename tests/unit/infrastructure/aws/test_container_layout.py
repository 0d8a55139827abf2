import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from llm_engineering.infrastructure.aws.container_layout import ContainerLayout, NotInAJobError
from llm_engineering.infrastructure.aws.job_requests import JobProgram


def laid_out(root: Path, **parameters: object) -> None:
    (root / "input/config").mkdir(parents=True)
    (root / "input/data/sft").mkdir(parents=True)
    written = {name: json.dumps(value) for name, value in parameters.items()}
    (root / "input/config/hyperparameters.json").write_text(json.dumps(written), encoding="utf-8")


def test_the_standard_places_are_those_of_sagemaker(tmp_path: Path) -> None:
    laid_out(tmp_path, program="train", seed=42, sagemaker_program="entry.py")

    layout = ContainerLayout.of({}, tmp_path)

    assert layout.parameters == {"program": "train", "seed": 42}
    assert layout.program is JobProgram.TRAIN
    assert layout.channel("sft") == tmp_path / "input/data/sft"
    assert (layout.model, layout.output_data) == (tmp_path / "model", tmp_path / "output/data")
    assert (layout.failure, layout.checkpoints) == (tmp_path / "output/failure", tmp_path / "checkpoints")


def test_variables_of_the_toolkit_go_first(tmp_path: Path) -> None:
    laid_out(tmp_path)

    layout = ContainerLayout.of({"SM_MODEL_DIR": "/m", "SM_OUTPUT_DATA_DIR": "/o", "SM_CHANNEL_BASE": "/b"}, tmp_path)

    assert (layout.model, layout.output_data, layout.channels["base"]) == (Path("/m"), Path("/o"), Path("/b"))


def test_what_is_no_job_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotInAJobError, match=r"hyperparameters\.json cannot be read"):
        ContainerLayout.of({}, tmp_path)
    laid_out(tmp_path, program="dance")
    layout = ContainerLayout.of({}, tmp_path)
    with pytest.raises(NotInAJobError, match="program is 'dance', known are train, evaluate"):
        _ = layout.program
    with pytest.raises(NotInAJobError, match=r"dpo is no channel of this job \(there are: sft\)"):
        layout.channel("dpo")
    (tmp_path / "input/config/hyperparameters.json").write_text('{"seed": "4"}{', encoding="utf-8")
    with pytest.raises(NotInAJobError, match="holds no hyper-parameters"):
        ContainerLayout.of({}, tmp_path)


def test_a_reason_is_short_and_without_secrets(tmp_path: Path) -> None:
    laid_out(tmp_path)
    layout = ContainerLayout.of({}, tmp_path)

    layout.write_failure("hf_abc was refused " + "x" * 2000, [SecretStr("hf_abc")])

    written = layout.failure.read_text(encoding="utf-8")
    assert written.startswith("**** was refused x")
    assert len(written) == 1024
