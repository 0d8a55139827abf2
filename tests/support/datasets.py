"""Documents, extracts and replies for tests of training data."""

import json
import re
from typing import Any

from llm_engineering.domain.documents import Category, CleanedDocument, Provenance
from llm_engineering.domain.language_models import ModelRequest
from llm_engineering.domain.samples import Extract, SampleKind

CONTRACT = "c" * 64
_SOURCE = re.compile(r"<source_text>\n(.*?)\n</source_text>", re.DOTALL)


def source(document_id: str = "one", **changes: Any) -> Provenance:
    fields: dict[str, Any] = {
        "document_id": document_id,
        "content_hash": "0" * 64,
        "author_id": "ada",
        "author_full_name": "Ada Lovelace",
        "category": Category.ARTICLES,
        "platform": "ada.dev",
        "link": f"https://ada.dev/{document_id}",
        "title": "Notes on engines",
        "language": "en",
    }
    return Provenance(**{**fields, **changes})


def document(text: str, document_id: str = "one", **changes: Any) -> CleanedDocument:
    return CleanedDocument(provenance=source(document_id, **changes), text=text)


def extract(text: str, *headings: str, document_id: str = "one", start: int = 0, **changes: Any) -> Extract:
    return Extract(
        provenance=source(document_id, **changes),
        text=text,
        start=start,
        end=start + len(text),
        heading_path=headings,
    )


def asked_about(request: ModelRequest) -> str:
    """Return the extract that a request shows."""
    found = _SOURCE.search(request.messages[-1].content)
    assert found is not None
    return found[1]


def good_reply(kind: SampleKind, text: str) -> str:
    """Return what a model would reply about an extract: one sample, which follows from the extract."""
    sentence = text.split(". ", maxsplit=1)[0].rstrip(".") + "."
    subject = " ".join(text.split()[:4]).rstrip(".,")
    sample = {"instruction": f'What about "{subject}"?', "answer": sentence}
    if kind is SampleKind.PREFERENCE:
        sample = {"instruction": sample["instruction"], "chosen": sentence, "rejected": f"It depends on {subject}."}
    return json.dumps({"samples": [sample]})
