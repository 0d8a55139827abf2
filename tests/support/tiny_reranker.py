"""A cross-encoder of 30 kB with random weights, made in a second."""

from pathlib import Path


def saved_tiny_reranker(folder: Path, scores: int = 1) -> Path:
    """Save a BERT of two layers with so many scores for a pair, as transformers saves models."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification
    from transformers.utils import logging as transformers_logging

    from tests.support.tiny_model import DIMENSION, trained_tokenizer

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    tokenizer = trained_tokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=DIMENSION,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * DIMENSION,
        max_position_embeddings=64,
        initializer_range=0.5,  # with the usual 0.02 everything has nearly the same score
    )
    config.num_labels = scores
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
