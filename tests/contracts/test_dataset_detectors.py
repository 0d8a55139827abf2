"""The detectors of the gates keep the promises of their ports."""

from functools import cache

import pytest

from llm_engineering.application.datasets.detectors import LanguageDetector, TextDetector
from llm_engineering.infrastructure.datasets.detectors import TextLanguage
from llm_engineering.infrastructure.datasets.personal_data import PersonalDataDetector
from llm_engineering.infrastructure.datasets.profanity import ProfanityDetector
from llm_engineering.infrastructure.datasets.secrets import SecretDetector
from tests.contracts.dataset_detectors import LanguageDetectorContract, TextDetectorContract
from tests.support.gated import UmlautLanguage, WordDetector

# Each is built once: some load a model.
personal_data = cache(PersonalDataDetector)
secrets = cache(SecretDetector)
profanity = cache(ProfanityDetector)
text_language = cache(TextLanguage)


class TestPersonalDataDetector(TextDetectorContract):
    @pytest.fixture
    def detector(self) -> TextDetector:
        return personal_data()

    @pytest.fixture(
        params=["jane.doe@acme-mail.com", "+49 30 901820", "4012888888881881", "DE89 3704 0044 0532 0130 00"]
    )
    def found(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)


class TestSecretDetector(TextDetectorContract):
    @pytest.fixture
    def detector(self) -> TextDetector:
        return secrets()

    @pytest.fixture(
        params=[
            "AKIA" + "IOSFODNN7QWERTYU",
            "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
            "-----BEGIN RSA PRIVATE " + "KEY-----",
            'db_password = "' + 'fk39Xq82mz"',
        ]
    )
    def found(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)


class TestProfanityDetector(TextDetectorContract):
    @pytest.fixture
    def detector(self) -> TextDetector:
        return profanity()

    @pytest.fixture(params=["bastard", "BASTARD", "sh*t"])
    def found(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)


class TestWordDetector(TextDetectorContract):
    @pytest.fixture
    def detector(self) -> TextDetector:
        return WordDetector("darn")

    @pytest.fixture
    def found(self) -> str:
        return "darn"


class TestTextLanguage(LanguageDetectorContract):
    @pytest.fixture
    def detector(self) -> LanguageDetector:
        return text_language()


class TestUmlautLanguage(LanguageDetectorContract):
    @pytest.fixture
    def detector(self) -> LanguageDetector:
        return UmlautLanguage()
