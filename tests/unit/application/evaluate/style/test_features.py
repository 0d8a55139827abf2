from llm_engineering.application.evaluate.style.features import TOTAL, Family, counts, masked


def test_what_may_tell_the_subject_is_masked() -> None:
    assert masked("The silk doesn't tear.") == "the **** doesn't ****."


def test_counts_of_a_sentence_add_up() -> None:
    found = counts(["The silk, the wool! \U0001f680 \U0001f40e"])

    assert found[Family.FUNCTION_WORDS] == {TOTAL: 4, "the": 2}
    assert found[Family.PUNCTUATION] == {TOTAL: 4, ",": 1, "!": 1, "So": 2}
    # " the ****, the ****! ?? " has 25 characters, so 22 runs of four.
    assert found[Family.CHARACTERS][TOTAL] == 22
    assert found[Family.CHARACTERS]["the "] == 2
    # One sentence of four words stands for all four; words of three and of four letters.
    assert found[Family.LENGTHS] == {TOTAL: 4, "sentence 0": 4, "word 2": 2, "word 3": 2}
