from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.retrieve.evaluation import compared_ways, corpus_chunks, measures
from llm_engineering.application.retrieve.judgements import JudgedDocument, JudgedQuestion
from tests.support.fakes import WordTokenizer


def test_a_corpus_is_cut_by_the_project_s_own_chunker() -> None:
    documents = [JudgedDocument(id="a", title="T", text="x\u00a0y  \n"), JudgedDocument(id="b", text="z " * 300)]

    chunks = corpus_chunks(documents, WordTokenizer(256)).items

    assert (chunks[0].provenance.document_id, chunks[0].indexed_text) == ("a", "T\nx y")
    assert [chunk.provenance.document_id for chunk in chunks[1:]] == ["b", "b"]


def test_a_document_without_text_consists_of_its_title() -> None:
    documents = [JudgedDocument(id="a", title="T", text=" "), JudgedDocument(id="b", title="", text="")]

    assert [(chunk.id != "", chunk.text) for chunk in corpus_chunks(documents, WordTokenizer()).items] == [(True, "T")]


def test_only_judged_questions_are_measured() -> None:
    questions = [
        JudgedQuestion(id="1", text="?", relevant={"a": 1}),
        JudgedQuestion(id="2", text="?", relevant={"a": 1, "b": 1}),
        JudgedQuestion(id="3", text="?"),
    ]

    measured = measures(questions, {"1": ["a"], "2": ["x", "b"], "3": []})

    assert measured is not None
    assert (measured.recall.mean, measured.mrr.mean) == (0.75, 0.75)


def test_without_judgements_there_is_nothing_to_measure() -> None:
    assert measures([JudgedQuestion(id="1", text="?", relevant={})], {"1": ["a"]}) is None


def test_ways_differ_in_what_they_search_by() -> None:
    ways = compared_ways(Retrieval(depth=7))

    weights = {name: (way.fusion.meaning_weight, way.fusion.words_weight) for name, way in ways.items()}
    assert weights == {"dense": (1, 0), "sparse": (0, 1), "fused": (0.5, 0.5)}
    assert {way.depth for way in ways.values()} == {7}
    assert ways["dense"].feedback.documents == 0
