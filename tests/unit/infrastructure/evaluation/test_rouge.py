import sys

import pytest

from llm_engineering.infrastructure.evaluation.rouge import RougeMissingError, RougeOverlap


def test_figures_are_f_measures() -> None:
    found = RougeOverlap().rouge("the cat sat on the mat", "the cat lay on a mat")

    # 4 of 6 words each way; 1 of 5 pairs ("the cat"); the longest common sequence is "the cat on mat".
    assert found.rouge_1 == pytest.approx(2 / 3)
    assert found.rouge_2 == pytest.approx(1 / 5)
    assert found.rouge_l == pytest.approx(2 / 3)


def test_words_of_all_scripts_are_whole_and_not_stemmed() -> None:
    overlap = RougeOverlap()

    assert overlap.rouge("für Bücher", "fur Bücher").rouge_1 == 0.5
    assert overlap.rouge("книга", "книги").rouge_1 == 0
    assert overlap.rouge("книга", "Книга").rouge_1 == 1


def test_without_the_library_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rouge_score", "rouge_score.rouge_scorer"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(RougeMissingError, match=r"pip install 'llm-twin\[train\]'"):
        RougeOverlap()
