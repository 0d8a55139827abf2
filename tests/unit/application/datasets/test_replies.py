from llm_engineering.application.datasets.replies import request_key
from llm_engineering.domain.language_models import ChatMessage, ModelIdentity, ModelRequest, Role

TIDE = ModelIdentity(provider="openai", name="tide-1")


def asked(text: str = "Why?", **changes: object) -> ModelRequest:
    fields = {"messages": (ChatMessage(role=Role.USER, content=text),), **changes}
    return ModelRequest.model_validate(fields)


def test_a_request_is_known_by_all_that_its_reply_depends_on() -> None:
    others = [
        request_key(TIDE, asked("Why not?")),
        request_key(TIDE, asked(temperature=0.5)),
        request_key(TIDE, asked(seed=1)),
        request_key(TIDE, asked(max_output_tokens=9)),
        request_key(TIDE, asked(json_schema={"type": "object"})),
        request_key(ModelIdentity(provider="openai", name="tide-2"), asked()),
        request_key(ModelIdentity(provider="sagemaker", name="tide-1"), asked()),
    ]

    assert len({request_key(TIDE, asked()), *others}) == 8


def test_what_it_is_for_plays_no_part() -> None:
    assert request_key(TIDE, asked(purpose="x v1")) == request_key(TIDE, asked(purpose="x v2"))
