import pytest

from llm_engineering.application.crawl.exports.services import SERVICES, service_of
from tests.support.exports import LINKEDIN, MEDIUM, SUBSTACK, X


@pytest.mark.parametrize(
    ("members", "platform"), [(LINKEDIN, "linkedin"), (MEDIUM, "medium"), (SUBSTACK, "substack"), (X, "x")]
)
def test_an_archive_has_the_marks_of_one_service(members: dict[str, str], platform: str) -> None:
    service = service_of(members)
    assert service is not None
    assert service.platform == platform


def test_the_marks_may_stand_in_a_folder() -> None:
    service = service_of(["twitter-2026-03-01-abc/data/tweets.js"])
    assert service is not None
    assert service.platform == "x"


@pytest.mark.parametrize(
    "name", ["posts/hello-world.html", "notes/Shares.csv.txt", "src/a/data/tweets.js", "README.md"]
)
def test_other_names_are_no_marks(name: str) -> None:
    assert service_of([name]) is None


def test_each_service_has_a_platform_of_its_own() -> None:
    assert len({service.platform for service in SERVICES}) == len(SERVICES)
