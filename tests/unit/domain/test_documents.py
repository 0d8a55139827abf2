from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from llm_engineering.domain.documents import (
    DOCUMENT_TYPES,
    ArticleDocument,
    Category,
    Content,
    PostDocument,
    Provenance,
    RawDocument,
    RepositoryDocument,
    document_id,
)
from tests.support.documents import article, source_file

STORED = {
    "_id": "1",
    "content": {"Title": "One", "Subtitle": None, "Content": "Text.", "language": "en"},
    "platform": "medium",
    "author_id": "ada",
    "author_full_name": "Ada Lovelace",
    "link": "https://ada.dev/one",
}


def test_a_document_reads_and_writes_the_names_of_the_warehouse() -> None:
    document = ArticleDocument.model_validate(STORED)

    assert document.id == "1"
    assert (document.content.title, document.content.subtitle, document.content.text) == ("One", None, "Text.")
    assert document.model_dump(mode="json", by_alias=True, exclude_unset=True) == STORED


def test_further_keys_of_the_content_are_kept() -> None:
    imported = {**STORED, "content": {"Title": "One", "Content": "Text.", "Tags": ["a", "b"], "views": 3}}

    document = ArticleDocument.model_validate(imported)

    assert document.content.model_extra == {"Tags": ["a", "b"], "views": 3}
    assert document.model_dump(mode="json", by_alias=True, exclude_unset=True) == imported


def test_a_key_of_the_content_that_only_looks_like_a_field_is_kept_beside_it() -> None:
    content = Content.model_validate({"Title": "One", "Content": "Text.", "title": "one"}, by_alias=True, by_name=False)

    assert content.title == "One"
    assert content.model_dump(by_alias=True)["title"] == "one"


def test_an_unknown_field_of_a_document_is_refused() -> None:
    with pytest.raises(ValidationError, match="authorr_id"):
        ArticleDocument.model_validate({**STORED, "authorr_id": "ada"})


@pytest.mark.parametrize("field", ["_id", "content", "platform", "author_id", "author_full_name", "link"])
def test_a_document_without_one_of_its_fields_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match="Field required") as caught:
        ArticleDocument.model_validate({key: value for key, value in STORED.items() if key != field})

    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


def test_a_document_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="Instance is frozen"):
        article("Text.").link = "https://ada.dev/two"  # type: ignore[misc]  # the model is frozen, which mypy knows


def test_its_content_cannot_be_changed_either() -> None:
    with pytest.raises(ValidationError, match="Instance is frozen"):
        article("Text.").content.text = "Other."  # type: ignore[misc]  # the model is frozen, which mypy knows


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # sha256sum of the JSON lists ["One", null, "Text."], ["One", "", "Text."] and ["One", "Sub", "Text."]
        (
            Content(title="One", text="Text."),
            "776aad25cf517b20d737e21bf4923b1f79633aa4caa04427b562477c8b4f788f",
        ),
        (
            Content(title="One", subtitle="", text="Text."),
            "28e171711f28d8fd16a676a9c2151e82e4812592a41574e866e113148f9ed924",
        ),
        (
            Content(title="One", subtitle="Sub", text="Text.", language="en"),
            "f9435bffc0549897a4aba29d7371ef8b112ddaae9201356743028456f5b0c95a",
        ),
    ],
)
def test_the_content_hash_covers_title_subtitle_and_text(content: Content, expected: str) -> None:
    assert article("").model_copy(update={"content": content}).content_hash == expected


def test_the_content_hash_does_not_follow_where_and_when_it_was_seen() -> None:
    seen_again = article("Text.").model_copy(
        update={"id": "2", "link": "https://ada.dev/two", "crawled_at": datetime(2024, 7, 29, tzinfo=UTC)}
    )

    assert seen_again.content_hash == article("Text.").content_hash


def test_document_ids_are_those_of_every_release() -> None:
    assert document_id("ada", "https://ada.dev/one") == "dd6e8dc3-4623-5322-a4d7-f7bc5117c9ec"


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (Category.ARTICLES, ArticleDocument),
        (Category.POSTS, PostDocument),
        (Category.REPOSITORIES, RepositoryDocument),
    ],
)
def test_every_category_has_its_type(category: Category, expected: type[RawDocument]) -> None:
    assert DOCUMENT_TYPES[category] is expected
    assert expected.category is category


def test_there_are_three_categories() -> None:
    assert [category.value for category in DOCUMENT_TYPES] == ["articles", "posts", "repositories"]


def test_the_category_is_no_field_of_a_document() -> None:
    assert "category" not in article("Text.").model_dump()


def test_provenance_is_taken_from_the_document() -> None:
    document = source_file("print()", path="src/run.py")

    assert Provenance.of(document) == Provenance(
        document_id="id of src/run.py",
        content_hash=document.content_hash,
        author_id="00000000-0000-5000-8000-00000000000a",
        author_full_name="Ada Lovelace",
        category=Category.REPOSITORIES,
        platform="github.com",
        link="https://github.com/ada/engine/blob/HEAD/src/run.py",
        title="ada/engine: src/run.py",
        language="python",
    )
