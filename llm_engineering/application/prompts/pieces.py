"""Pieces that several prompts are made of. Each is part of the hash of the prompts that use it.

A piece that a locked prompt uses is frozen with it. To say something else, write another piece for the next version.
"""

from collections.abc import Sequence

from llm_engineering.application.prompts.untrusted import escaped, escaped_line
from llm_engineering.domain.language_models import ChatMessage, Evidence, Role


def conversation(system: str, user: str) -> tuple[ChatMessage, ...]:
    """Return what the system and then a user says, without white space around it."""
    return (
        ChatMessage(role=Role.SYSTEM, content=system.strip()),
        ChatMessage(role=Role.USER, content=user.strip()),
    )


def passages_block(passages: Sequence[Evidence]) -> str:
    """Return passages between tags that nothing in them can close; without any, a line says that there are none."""
    blocks = [_passage_block(passage) for passage in passages] or ["(none were found)"]
    return "\n".join(["<passages>", *blocks, "</passages>"])


def _passage_block(passage: Evidence) -> str:
    opening = f'<passage number="{passage.number}" title="{escaped_line(passage.title)}">'
    return f"{opening}\n{escaped(passage.text.strip())}\n</passage>"


def question_block(question: str) -> str:
    """Return a question between tags that nothing in it can close."""
    return f"<question>\n{escaped(question.strip())}\n</question>"


def numbered_rules(rules: Sequence[str]) -> str:
    """Return rules as a numbered list."""
    return "\n".join(f"{number}. {rule}" for number, rule in enumerate(rules, start=1))
