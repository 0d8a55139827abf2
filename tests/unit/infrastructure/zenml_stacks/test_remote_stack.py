import sys

import pytest

from llm_engineering.infrastructure.aws.errors import AwsExtraMissingError
from llm_engineering.infrastructure.zenml_stacks.remote_stack import check_extra


def test_with_the_extra_nothing_is_said() -> None:
    check_extra()


@pytest.mark.parametrize("library", ["boto3", "sagemaker", "s3fs"])
def test_without_the_extra_it_says_how_to_install_it(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(AwsExtraMissingError, match=rf"because {library} is not installed.*'llm-twin\[aws\]'"):
        check_extra()


def test_other_stacks_need_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sagemaker", None)

    check_extra("kubernetes")
