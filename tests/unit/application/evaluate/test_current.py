from llm_engineering.application.evaluate.current import current_questions
from llm_engineering.application.evaluate.golden import Answer, GoldenSet
from tests.support.golden import about, document, golden, question

TEXT = "Looms weave.\n\nSilk is soft.\n"
SOURCE = document(TEXT)
SILK = about("What is silk?", SOURCE, "Silk is soft.")
LOOMS = about("What do looms?", SOURCE, "Looms weave.")
BOTH = golden(SILK, LOOMS)


def spans(kept: GoldenSet) -> dict[str, tuple[int, int]]:
    return {each.text: (each.places[0].span.start, each.places[0].span.end) for each in kept.items}


def test_a_document_that_did_not_change_keeps_its_questions() -> None:
    kept = current_questions(BOTH, [SOURCE])

    assert kept.items == BOTH.items
    assert kept.frozen_as == BOTH.version


def test_an_answer_that_moved_is_found_where_it_stands_now() -> None:
    kept = current_questions(BOTH, [document("Long ago:\n\n" + TEXT)])

    assert spans(kept) == {"What is silk?": (25, 38), "What do looms?": (11, 23)}
    assert [each.id for each in kept.items] == [SILK.id, LOOMS.id]


def test_a_beginning_that_comes_again_does_not_mislead() -> None:
    start = "Looms weave a great many things out of the finest threads, and in many a colour, "
    source = document(f"{start}today.")
    asked = golden(about("What today?", source, f"{start}today."))

    kept = current_questions(asked, [document(f"{start}before. {start}today.")])

    assert spans(kept) == {"What today?": (89, 176)}


def test_a_question_whose_answer_changed_is_left_out() -> None:
    kept = current_questions(BOTH, [document("Looms weave.\n\nSilk is strong.\n")])

    assert [each.text for each in kept.items] == ["What do looms?"]
    (drop,) = kept.dropped
    assert (drop.item, drop.reason) == ("What is silk?", "changed")
    assert "https://ada.dev/one" in drop.detail


def test_a_question_whose_document_is_gone_is_left_out() -> None:
    kept = current_questions(BOTH, [])

    assert kept.dropped_by_reason == {"gone": 2}


def test_a_question_needs_all_its_answers() -> None:
    other = document("Wool is warm.", link="https://ada.dev/two")
    wool = about("", other, "Wool is warm.").answers
    several = golden(question(*SILK.answers, *(Answer(places=each.places, grade=1) for each in wool)))

    assert len(current_questions(several, [SOURCE, other]).items) == 1
    assert current_questions(several, [SOURCE]).dropped_by_reason == {"gone": 1}
