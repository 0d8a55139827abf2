"""Which settings another model is asked with."""

import pytest

from llm_engineering.infrastructure.experiments import settings_with_model
from llm_engineering.settings import LanguageModelProvider, Settings


@pytest.mark.parametrize(
    ("kind", "name", "changes"),
    [
        (LanguageModelProvider.OPENAI, "tide-2", {"openai_model_id": "tide-2"}),
        (LanguageModelProvider.TRANSFORMERS, "ada/twin", {"hf_model_id": "ada/twin"}),
        (
            LanguageModelProvider.SAGEMAKER,
            "judge",
            {"sagemaker_endpoint_inference": "judge", "sagemaker_component_inference": None},
        ),
        (
            LanguageModelProvider.SAGEMAKER,
            "judge/judge-component",
            {"sagemaker_endpoint_inference": "judge", "sagemaker_component_inference": "judge-component"},
        ),
    ],
)
def test_a_component_belongs_to_its_endpoint(
    kind: LanguageModelProvider, name: str, changes: dict[str, str | None]
) -> None:
    settings = Settings(
        language_model_provider=kind,
        openai_model_id="gpt",
        hf_model_id="hf",
        sagemaker_endpoint_inference="endpoint",
        _env_file=None,
    )

    changed = settings_with_model(settings, name)

    assert {field: getattr(changed, field) for field in changes} == changes
    assert settings_with_model(settings, None) == settings
