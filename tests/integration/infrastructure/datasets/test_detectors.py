"""What the libraries behind the detectors find, and what they may not."""

import pytest

from llm_engineering.infrastructure.datasets.detectors import TextLanguage, dataset_detectors
from llm_engineering.infrastructure.datasets.personal_data import PersonalDataDetector
from llm_engineering.infrastructure.datasets.profanity import ProfanityDetector
from llm_engineering.infrastructure.datasets.secrets import SecretDetector

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mail jane.doe@acme-mail.com now.", "email"),
        ("Call +1 415 555 2671 today.", "phone"),
        ("Card 4012-8888-8888-1881.", "credit card"),
        ("Account DE89 3704 0044 0532 0130 00.", "iban"),
        ("SSN 536-22-8726.", "us ssn"),
        ("Pay to 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ.", "crypto wallet"),
    ],
)
def test_personal_data_is_found_without_a_network(text: str, kind: str) -> None:
    assert [finding.kind for finding in PersonalDataDetector().findings(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Write to jane@example.com or ops@mail.example.org.",
        "The loss is 0.59049 0.531441 after 1993.298572 steps.",
        "Released 2024-07-29, version 1.20.3, on port 27017 of 127.0.0.1.",
        "Card 4012888888881882 has a wrong check sum.",
        "Follow me @maximelabonne.",
    ],
)
def test_figures_and_examples_are_no_personal_data(text: str) -> None:
    assert list(PersonalDataDetector().findings(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "your-api-key"',
        "password = os.environ['PASSWORD']",
        "token: <YOUR_TOKEN>",
        "The secret of good data is to look at it.",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "id 123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_placeholders_and_hashes_are_no_secrets(text: str) -> None:
    assert list(SecretDetector().findings(text)) == []


def test_functions_are_no_swear_words() -> None:
    assert list(ProfanityDetector().findings("len(text.strip()) is 3, a class in Essex")) == []


def test_styled_letters_are_letters() -> None:
    assert TextLanguage().language("𝗧𝗵𝗲 𝗹𝗼𝗼𝗺 𝘄𝗲𝗮𝘃𝗲𝘀 𝗽𝗮𝘁𝘁𝗲𝗿𝗻𝘀 𝗼𝗳 𝘀𝗶𝗹𝗸 𝗳𝗼𝗿 𝘁𝗵𝗲 𝗰𝗶𝘁𝘆.") == "en"


def test_all_detectors_are_built() -> None:
    built = dataset_detectors()
    assert built.encoder.stems("weaving looms") == built.encoder.stems("weaves loom")
