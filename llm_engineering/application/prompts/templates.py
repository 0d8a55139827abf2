"""Templates: prompts as text with placeholders, for those who change them without a release."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final

from llm_engineering.application.prompts.fillings import FILLINGS, Filling
from llm_engineering.application.prompts.fingerprint import prompt_hash
from llm_engineering.application.prompts.source import PromptInputs, UnfitInputsError, UnknownPromptError
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ChatMessage, Role
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt
from llm_engineering.domain.suggestions import did_you_mean

_MUSTACHE: Final = re.compile(r"\{\{(?P<name>[^{}]*)\}\}")


class TemplateMessage(FrozenModel):
    """One message of a template."""

    role: Role
    template: str
    """Text with `{placeholders}`; braces that are meant are doubled."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place that is filled."""

    name: str


Pieces = tuple[str | Placeholder, ...]
"""A template, taken apart."""


class UnusableTemplateError(InvalidInputError):
    """A template cannot be filled."""

    def __init__(self, name: str, faults: Sequence[str], placeholders: Sequence[str]) -> None:
        super().__init__(
            f"The template of the prompt {name!r} cannot be used: {'; '.join(faults)}.",
            remedy=f"Its placeholders are {', '.join(placeholders)}; braces that are meant are doubled.",
        )
        self.faults = tuple(faults)


class TemplatePrompt:
    """One version of a prompt that is a template.

    Args:
        name: Which prompt it is, one of those of the code.
        version: E.g. "s2".
        messages: Who says what, taken apart; what is said is a part of the hash.
        origin: Where it was loaded from.

    Raises:
        UnknownPromptError: The code has no prompt of the name, so nothing would use it.
        UnusableTemplateError: Placeholders are unknown, or one is missing without which the prompt makes no sense.
    """

    def __init__(self, name: str, version: str, messages: Sequence[tuple[Role, Pieces]], *, origin: str) -> None:
        self._filling = filling(name)
        self._messages = tuple(messages)
        _require_usable(name, [piece for _, pieces in messages for piece in pieces], self._filling)
        said = [ChatMessage(role=role, content="".join(map(_shown, pieces))) for role, pieces in messages]
        self._reference = PromptReference(
            name=name, version=version, content_hash=prompt_hash(self._filling.values, [said]), origin=origin
        )

    @property
    def reference(self) -> PromptReference:
        """Which prompt it is."""
        return self._reference

    def rendered(self, inputs: PromptInputs) -> RenderedPrompt:
        """Return the messages for some inputs; what they hold is filled in once, and never read as a template.

        Raises:
            UnfitInputsError: The inputs are of another prompt's type.
        """
        wanted = self._filling.inputs_type
        if not isinstance(inputs, wanted):
            raise UnfitInputsError(self.reference, type(inputs).__name__, wanted.__name__)
        values = self._filling.values(inputs)
        messages = tuple(
            ChatMessage(
                role=role,
                content="".join(
                    values[piece.name] if isinstance(piece, Placeholder) else piece for piece in pieces
                ).strip(),
            )
            for role, pieces in self._messages
        )
        return RenderedPrompt(reference=self.reference, messages=messages)


def filling(name: str) -> Filling:
    """Return what the templates of a prompt are filled with.

    Raises:
        UnknownPromptError: The code has no prompt of the name.
    """
    found = FILLINGS.get(name)
    if found is None:
        raise UnknownPromptError(name, sorted(FILLINGS))
    return found


def brace_pieces(name: str, template: str) -> Pieces:
    """Take a template with `{placeholders}` apart.

    Only names stand between braces: no attributes, indices, conversions or formats, which could reach more than texts.

    Raises:
        UnusableTemplateError: Something else does, or a brace is single; all such are named.
    """
    faults: list[str] = []
    pieces: list[str | Placeholder] = []
    try:
        for literal, field, form, conversion in Formatter().parse(template):
            if literal:
                pieces.append(literal)
            if field is None:
                continue
            if form or conversion or not field.isidentifier():
                shown = f"{{{field}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}"
                faults.append(f"{shown!r:.80} is no plain placeholder")
            pieces.append(Placeholder(field))
    except ValueError as error:
        faults.append(f"a brace stands alone ({error})")
    if faults:
        raise UnusableTemplateError(name, faults, sorted(filling(name).placeholders))
    return tuple(pieces)


def mustache_pieces(name: str, template: str) -> Pieces:
    """Take a template with `{{placeholders}}` apart, as Opik keeps them; sections and partials are refused.

    Raises:
        UnusableTemplateError: Something other than a name stands between double braces; all such are named.
    """
    pieces = tuple(_mustache_pieces(template))
    names = [piece.name for piece in pieces if isinstance(piece, Placeholder)]
    literals = "".join(piece for piece in pieces if isinstance(piece, str))
    faults = [f"{'{{' + each + '}}'!r:.80} is no plain placeholder" for each in names if not each.isidentifier()]
    faults += ["there are three braces in a row"] if "{{{" in template or "}}}" in template else []
    faults += ["double braces are not closed"] if "{{" in literals or "}}" in literals else []
    if faults:
        raise UnusableTemplateError(name, faults, sorted(filling(name).placeholders))
    return pieces


def _mustache_pieces(template: str) -> Iterator[str | Placeholder]:
    end = 0
    for found in _MUSTACHE.finditer(template):
        if found.start() > end:
            yield template[end : found.start()]
        yield Placeholder(found["name"].strip())
        end = found.end()
    if end < len(template):
        yield template[end:]


def _require_usable(name: str, pieces: Sequence[str | Placeholder], filled: Filling) -> None:
    used = {piece.name for piece in pieces if isinstance(piece, Placeholder)}
    faults = [
        f"there is no placeholder {each!r}.{did_you_mean(each, filled.placeholders)}".rstrip(".")
        for each in sorted(used - filled.placeholders)
    ]
    faults += [f"the placeholder {each!r} is missing" for each in sorted(filled.required - used)]
    if not pieces:
        faults.append("it has no messages")
    if faults:
        raise UnusableTemplateError(name, faults, sorted(filled.placeholders))


def _shown(piece: str | Placeholder) -> str:
    """Return a piece as a hash tells it from others: a placeholder differs from the same words in a text."""
    return f"\x00{piece.name}\x00" if isinstance(piece, Placeholder) else piece
