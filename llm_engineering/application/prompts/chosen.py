"""Prompts of another source, some of them in versions that were chosen."""

from collections.abc import Mapping

from llm_engineering.application.prompts.source import Prompt, PromptSource


class ChosenPrompts:
    """A `PromptSource` that takes other versions for current than the source behind it.

    Args:
        source: Where the prompts come from.
        versions: The version of a prompt by its name; one that is None or not there is the current one of the source.
    """

    def __init__(self, source: PromptSource, versions: Mapping[str, str | None]) -> None:
        self._source = source
        self._versions = dict(versions)

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt of a version, of the chosen one, or of the current one of the source.

        Raises:
            UnknownPromptError: There is no such prompt or version.
        """
        return self._source.prompt(name, version or self._versions.get(name))
