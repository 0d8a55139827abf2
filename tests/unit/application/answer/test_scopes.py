"""Where the words of a question say to look."""

from datetime import date

import pytest

from llm_engineering.application.answer.scopes import scope_by_rules
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category

PAUL, MAXIME, ANNA, JOHN = map(Author.from_full_name, ("Paul Iusztin", "Maxime Labonne", "Anna Labonne", "John Young"))
TODAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("question", "author"),
    [
        ("What does Paul Iusztin say about RAG?", PAUL),
        ("what does paul iusztin's blog say?", PAUL),
        ("What does Iusztin say?", PAUL),
        ("What does Labonne say?", None),  # two have that name
        ("Do Paul Iusztin and Maxime Labonne agree?", None),
        ("Young models are fast. Young?", None),  # the beginning of a sentence
        ("Is this Young's view?", JOHN),
        ("How young is too young?", None),
        ("Who is Pauline Iusztinov?", None),
    ],
)
def test_an_author_is_meant_who_is_named_beyond_doubt(question: str, author: Author | None) -> None:
    assert scope_by_rules(question, [PAUL, MAXIME, ANNA, JOHN], TODAY).author == author


@pytest.mark.parametrize(
    ("question", "category"),
    [
        ("What is in his repositories?", Category.REPOSITORIES),
        ("What did she say in her posts?", Category.POSTS),
        ("How is it done in Paul's blog posts?", Category.ARTICLES),
        ("in all of the articles", Category.ARTICLES),
        ("How do I write articles?", None),
        ("What are repositories?", None),
    ],
)
def test_a_kind_of_writing_is_read(question: str, category: Category | None) -> None:
    assert scope_by_rules(question, [], TODAY).category == category


def test_what_only_says_where_to_look_is_left_out_of_the_words() -> None:
    scope = scope_by_rules("What did he write about RAG in his posts since 2024?", [PAUL], TODAY)

    assert scope.words == "What did he write about RAG?"
    assert (scope.category, scope.since, scope.until) == (Category.POSTS, date(2024, 1, 1), None)


def test_a_plain_question_stays_what_it_is() -> None:
    assert scope_by_rules("What is  RAG?", [PAUL], TODAY).words == "What is  RAG?"
