"""What the `parameters:` of a YAML file may say for each pipeline.

Everything that can be checked without a network or a store is checked when the file is read.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.domain.authors import Author
from llm_engineering.domain.models import FrozenModel


def _checked_name(full_name: str) -> str:
    return Author.from_full_name(full_name).full_name


def _checked_link(link: str) -> str:
    parse_link(link)
    return link


FullName = Annotated[str, AfterValidator(_checked_name)]
Link = Annotated[str, AfterValidator(_checked_link)]


class CrawlParameters(FrozenModel):
    """How links are crawled."""

    limits: CrawlLimits = CrawlLimits()
    allowed_private_hosts: tuple[str, ...] = ()
    """Hosts that may be crawled though their address is not on the public internet."""
    max_failed_share: float = Field(default=0.5, ge=0, le=1)
    """The run fails when a larger share of the links fails."""


class AuthorLinks(FrozenModel):
    """An author and where he writes."""

    author_full_name: FullName
    links: Annotated[tuple[Link, ...], Field(min_length=1)]


class DigitalDataEtl(AuthorLinks, CrawlParameters):
    """Parameters of `digital_data_etl`."""


class FeatureEngineering(FrozenModel):
    """Parameters of `feature_engineering`."""

    author_full_names: Annotated[tuple[FullName, ...], Field(min_length=1)]
    chunking: Chunking = Chunking()


class EndToEndData(CrawlParameters):
    """Parameters of `end_to_end_data`."""

    authors: Annotated[tuple[AuthorLinks, ...], Field(min_length=1)]
    chunking: Chunking = Chunking()


class ExportArtifactToJson(FrozenModel):
    """Parameters of `export_artifact_to_json`."""

    artifact_names: Annotated[tuple[str, ...], Field(min_length=1)]
    output_dir: str = "data/artifacts"
