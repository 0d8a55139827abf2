"""Summaries of stored documents and given texts: `/summaries`."""

from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from llm_engineering.application.summarize.served import ServedSummaries
from llm_engineering.application.summarize.source_text import SourceText
from llm_engineering.application.summarize.summary import Summary
from llm_engineering.infrastructure.http_api.desk import Desk
from llm_engineering.infrastructure.http_api.problems import ERROR_RESPONSES, ProblemBody

MAX_TEXT_CHARACTERS: Final = 200_000
UNTITLED: Final = "Text"
_NO_DOCUMENT: Final[dict[str, Any]] = {"model": ProblemBody, "description": "No document of this link is stored."}
_EXAMPLES: Final[dict[str, Any]] = {
    "text": {
        "summary": "A text of one's own",
        "value": {"title": "Plums", "text": "A plum is a fruit. It grows on trees. Dried plums are called prunes."},
    },
}


class AskedSummary(BaseModel):
    """What is to be summarized: either `link` or `text`."""

    model_config = ConfigDict(
        strict=True, extra="forbid", json_schema_extra={"oneOf": [{"required": ["link"]}, {"required": ["text"]}]}
    )

    link: Annotated[str, Field(min_length=1, max_length=2_000)] = Field(default="", description="Of a stored document.")
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)] = Field(
        default="", description="Markdown or plain text."
    )
    title: str = Field(default=UNTITLED, min_length=1, max_length=300, description="Of the text.")
    prompt_version: str | None = Field(default=None, max_length=100, description="Of both prompts, such as v2.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.link) == bool(self.text):
            raise PydanticCustomError("one_of", "Send either link or text")
        return self


def summary_routes(summaries: ServedSummaries, desk: Desk) -> APIRouter:
    """Return the route of summaries."""
    routes = APIRouter(tags=["summaries"], responses={**ERROR_RESPONSES, 404: _NO_DOCUMENT})

    @routes.post("/summaries", summary="Summarize a stored document or a text")
    async def summarize(asked: Annotated[AskedSummary, Body(openapi_examples=_EXAMPLES)], request: Request) -> Summary:
        async def made() -> Summary:
            source = await _source(asked, summaries)
            return await summaries.summary(source, asked.prompt_version)

        return await desk.result(request, made)

    return routes


async def _source(asked: AskedSummary, summaries: ServedSummaries) -> SourceText:
    if asked.link:
        return await summaries.stored(asked.link)
    return SourceText(title=asked.title, link="", text=asked.text)
