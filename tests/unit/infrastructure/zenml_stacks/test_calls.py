from typing import Any

from llm_engineering.infrastructure.zenml_stacks.calls import ShownCalls, shown_call


class Answering:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, operation: str, **parameters: object) -> Any:
        self.asked.append(operation)
        return "answer"


def test_what_changes_something_is_shown_and_not_done() -> None:
    asked, shown = Answering(), list[str]()
    calls = ShownCalls(shown.append, asked)

    assert calls.call("list_stacks", name="a") == "answer"
    assert calls.call("activate_stack", stack_name_id_or_prefix="a") is None

    assert asked.asked == ["list_stacks"]
    assert shown == [
        'zenml.list_stacks {\n  "name": "a"\n}',
        'zenml.activate_stack {\n  "stack_name_id_or_prefix": "a"\n}',
    ]


def test_values_of_a_secret_are_left_out_and_names_are_shown() -> None:
    made = shown_call("create_secret", {"name": "twin", "values": {"DATABASE_HOST": "hunter2"}})
    changed = shown_call(
        "update_secret", {"add_or_update_values": {"DATABASE_HOST": "hunter2"}, "remove_values": ["QDRANT_URL"]}
    )

    assert "hunter2" not in made + changed
    assert '"DATABASE_HOST": "****"' in made
    assert '"QDRANT_URL"' in changed


def test_a_call_without_parameters_is_its_name() -> None:
    assert shown_call("list_stacks", {}) == "zenml.list_stacks"
