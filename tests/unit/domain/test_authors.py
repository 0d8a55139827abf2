import pytest
from pydantic import ValidationError

from llm_engineering.domain.authors import Author, InvalidAuthorNameError
from llm_engineering.domain.errors import InvalidInputError


@pytest.mark.parametrize(
    ("full_name", "first_name", "last_name"),
    [
        ("Maxime Labonne", "Maxime", "Labonne"),
        ("Martin Luther King", "Martin Luther", "King"),
        ("Ludwig van Beethoven", "Ludwig van", "Beethoven"),
        ("J. R. R. Tolkien", "J. R. R.", "Tolkien"),
        ("J.R.R. Tolkien", "J.R.R.", "Tolkien"),
        ("Jean-Luc Picard", "Jean-Luc", "Picard"),
        ("Conan O'Brien", "Conan", "O'Brien"),
        ("Conan O’Brien", "Conan", "O’Brien"),
        ("Gerard 't Hooft", "Gerard 't", "Hooft"),
        ("Gal·la Puig", "Gal·la", "Puig"),
        ("  Ada \t Lovelace\n", "Ada", "Lovelace"),
        ("Ada\N{NO-BREAK SPACE}Lovelace", "Ada", "Lovelace"),
        ("LLM Twin", "LLM", "Twin"),
        ("Κώστας Παπαδόπουλος", "Κώστας", "Παπαδόπουλος"),
        ("Лев Толстой", "Лев", "Толстой"),
        ("山田 太郎", "山田", "太郎"),
        ("محمد بن سلمان", "محمد بن", "سلمان"),
        ("علی\N{ZERO WIDTH NON-JOINER}رضا رضایی", "علی\N{ZERO WIDTH NON-JOINER}رضا", "رضایی"),
        ("नरेन्द्र मोदी", "नरेन्द्र", "मोदी"),
        ("สมชาย ใจดี", "สมชาย", "ใจดี"),
    ],
)
def test_the_last_word_is_the_last_name(full_name: str, first_name: str, last_name: str) -> None:
    author = Author.from_full_name(full_name)

    assert (author.first_name, author.last_name) == (first_name, last_name)
    assert author.full_name == f"{first_name} {last_name}"


@pytest.mark.parametrize(
    "full_name",
    [
        "",
        "   ",
        "Plato",
        "maximelabonne",
        "@maxime labonne",
        "maxime_labonne author",
        "https://medium.com/@maxime labonne",
        "ada@example.com Lovelace",
        "Ada 1815",
        "1815 Lovelace",
        "Ada -",
        "Ada '",
        "Ada (Byron) Lovelace",
        "Ada, Lovelace",
        "Ada <script>",
        "Ada Lovelace\0",
        "Ada \N{RIGHT-TO-LEFT OVERRIDE}Lovelace",
        "Ada \N{PILE OF POO}",
    ],
)
def test_what_is_no_full_name_is_refused(full_name: str) -> None:
    with pytest.raises(InvalidAuthorNameError, match="is not a full name") as caught:
        Author.from_full_name(full_name)

    assert caught.value.full_name == full_name
    assert isinstance(caught.value, InvalidInputError)


def test_the_refusal_shows_the_start_of_the_name_and_an_example() -> None:
    with pytest.raises(InvalidAuthorNameError) as caught:
        Author.from_full_name("x" * 1_000)

    assert str(caught.value) == (
        f"'{'x' * 80}' is not a full name. "
        'Write first and last name with a space between them, as in "Maxime Labonne".'
    )


@pytest.mark.parametrize(
    ("full_name", "expected"),
    [
        ("Ada Lovelace", "2e3b2376-bb55-53b8-803e-1863f13b87c1"),
        ("Maxime Labonne", "ac59edf9-bb31-5b8a-a062-f260acc1caa2"),
        ("Martin Luther King", "f59ba205-49f0-556f-bb3e-46ae5df5f741"),
        ("José Núñez", "b1432ebd-564a-5ec3-94a2-2700df693f6c"),
    ],
)
def test_ids_are_those_of_every_release(full_name: str, expected: str) -> None:
    assert Author.from_full_name(full_name).id == expected


def test_a_name_typed_with_combining_accents_is_the_same_author() -> None:
    typed = "Jose\N{COMBINING ACUTE ACCENT} Nu\N{COMBINING ACUTE ACCENT}n\N{COMBINING TILDE}ez"

    assert Author.from_full_name(typed) == Author.from_full_name("José Núñez")


def test_the_border_between_the_names_belongs_to_the_identity() -> None:
    split_elsewhere = Author(id="1", first_name="Martin", last_name="Luther King")

    assert split_elsewhere.full_name == Author.from_full_name("Martin Luther King").full_name
    assert split_elsewhere != Author.from_full_name("Martin Luther King")


def test_an_author_is_stored_with_the_identifier_of_the_warehouse() -> None:
    stored = {"_id": "1", "first_name": "Ada", "last_name": "Lovelace"}

    author = Author.model_validate(stored)

    assert author == Author(id="1", first_name="Ada", last_name="Lovelace")
    assert author.model_dump(by_alias=True) == stored


def test_an_author_cannot_be_renamed() -> None:
    author = Author.from_full_name("Ada Lovelace")

    with pytest.raises(ValidationError, match="Instance is frozen"):
        author.last_name = "Byron"  # type: ignore[misc]  # the model is frozen, which mypy knows
