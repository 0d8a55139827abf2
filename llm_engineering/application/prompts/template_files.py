"""Templates as files that people write."""

import yaml
from pydantic import Field, ValidationError

from llm_engineering.application.prompts.templates import TemplateMessage
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class TemplateFile(FrozenModel):
    """What a file says of a template."""

    name: str
    version: str
    messages: tuple[TemplateMessage, ...] = Field(min_length=1)


class UnreadableTemplateError(InvalidInputError):
    """A file holds no template."""

    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(
            f"{name} holds no template: {'; '.join(faults)}.",
            remedy="See what one looks like: python -m tools.prompts push --help",
        )
        self.faults = tuple(faults)


def parsed_template(text: str, name: str) -> TemplateFile:
    """Return the template that a YAML text holds; the file's name is for errors.

    Raises:
        UnreadableTemplateError: It is no YAML, or keys are missing, unknown or wrong; all such are named.
    """
    try:
        return TemplateFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise UnreadableTemplateError(name, [str(error).replace("\n", " ")]) from error
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
        raise UnreadableTemplateError(name, faults) from error
