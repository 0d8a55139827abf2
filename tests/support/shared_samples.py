"""Samples and data sets with short literal contents."""

from typing import Any

from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.prompts import PromptReference
from llm_engineering.domain.samples import (
    FlaggedSample,
    GatedDataset,
    InstructSample,
    PreferenceSample,
    Rejection,
    RejectionReason,
    SampleKind,
    SampleProvenance,
    Split,
)

CONTRACT_HASH = "c" * 64
PROMPT = PromptReference(name="instruct_samples", version="v1", content_hash="f" * 64, origin="code")


def provenance(document: str, author: str = "Ada Lovelace", category: Category = Category.ARTICLES) -> SampleProvenance:
    return SampleProvenance(
        source=Provenance(
            document_id=document,
            content_hash="d" * 64,
            author_id=f"id of {author}",
            author_full_name=author,
            category=category,
            platform="ada.dev",
            link=f"https://ada.dev/{document}",
            title=f"On {document}",
            language="en",
        ),
        start=10,
        end=90,
        extract_hash="e" * 64,
        generator=ModelIdentity(provider="openai", name="writer-1"),
        prompt=PROMPT,
        parameters={"temperature": 0.5},
        contract_hash=CONTRACT_HASH,
    )


def instruct(
    sample_id: str,
    instruction: str = "What is silk?",
    answer: str = "A fibre that a moth spins.",
    *,
    document: str | None = "silk",
    split: Split | None = Split.TRAIN,
    **about: Any,
) -> InstructSample:
    return InstructSample(
        id=sample_id,
        instruction=instruction,
        answer=answer,
        split=split,
        provenance=None if document is None else provenance(document, **about),
    )


def preference(
    sample_id: str, chosen: str = "Silk is spun.", rejected: str = "Silk is grown.", **given: Any
) -> PreferenceSample:
    split = given.get("split", Split.TRAIN)
    return PreferenceSample(
        id=sample_id,
        instruction=given.get("instruction", "What is silk?"),
        chosen=chosen,
        rejected=rejected,
        split=split,
        provenance=provenance(given.get("document", "silk")),
    )


def instruct_dataset(**changed: Any) -> GatedDataset:
    """Return three samples for training, one test, and four rejected ones, of two authors and three documents."""
    train = (
        instruct("t1"),
        instruct("t2", "How is wool spun?", "With a wheel.", document="wool"),
        instruct(
            "t3", "Who weaves flax?", "Grace does.", document="flax", author="Grace Hopper", category=Category.POSTS
        ),
    )
    test = (instruct("e1", "How is silk dyed?", "In a vat of madder.", document="madder", split=Split.TEST),)
    rejected = (
        Rejection(sample=instruct("r1"), reason=RejectionReason.DUPLICATE, detail="It repeats t1."),
        Rejection(
            sample=instruct("r2", "What <b>does</b> the text say?", "<script>alert(1)</script>"),
            reason=RejectionReason.MENTIONS_EXTRACT,
            detail='It says "the text" & more.',
        ),
        Rejection(sample=instruct("r3", answer="My key is hunter2."), reason=RejectionReason.SECRET, detail="hunter2"),
        Rejection(
            sample=instruct("r4", author="Grace Hopper"), reason=RejectionReason.DUPLICATE, detail="It repeats t1."
        ),
    )
    fields: dict[str, Any] = {
        "kind": SampleKind.INSTRUCT,
        "train": train,
        "test": test,
        "rejected": rejected,
        "flagged": (FlaggedSample(sample_id="t2", flag="profanity", detail="wheel"),),
        "figures": {"supported_share_mean": 0.9375, "answer_words_median": 3.0},
        "contract_hash": CONTRACT_HASH,
    }
    return GatedDataset(**{**fields, **changed})


def preference_dataset() -> GatedDataset:
    """Return one preference sample on each side."""
    return GatedDataset(
        kind=SampleKind.PREFERENCE,
        train=(preference("p1"),),
        test=(preference("p2", "Wool is warm.", "Wool!", split=Split.TEST, document="wool"),),
        contract_hash=CONTRACT_HASH,
    )
