"""What is logged of each load of a prompt."""

from loguru import logger

from llm_engineering.domain.prompts import PromptReference


def told_load(reference: PromptReference) -> None:
    """Log which prompt was loaded, what it is made of and where it came from."""
    logger.info(
        "loaded the prompt {name} {version} ({content_hash:.12}) from {origin}",
        name=reference.name,
        version=reference.version,
        content_hash=reference.content_hash,
        origin=reference.origin,
    )
