from llm_engineering.application.train.trainer import InstructTokens, PreferenceTokens
from llm_engineering.infrastructure.training.rows import dpo_row, sft_row

INSTRUCT = InstructTokens(prompt=(5, 6), answer=(7, 8, 0))


def test_the_loss_is_that_of_the_answer_and_of_its_end() -> None:
    assert sft_row(INSTRUCT, answer_only=True) == {"input_ids": [5, 6, 7, 8, 0], "labels": [-100, -100, 7, 8, 0]}


def test_the_instruction_can_be_learned_too() -> None:
    assert sft_row(INSTRUCT, answer_only=False) == {"input_ids": [5, 6, 7, 8, 0], "labels": [5, 6, 7, 8, 0]}


def test_a_pair_shares_its_prompt() -> None:
    pair = PreferenceTokens(prompt=(5, 6), chosen=(7, 0), rejected=(8, 9, 0))

    assert dpo_row(pair) == {"prompt_ids": [5, 6], "chosen_ids": [7, 0], "rejected_ids": [8, 9, 0]}
