"""Adapters for training data: detectors, Parquet files, the Hugging Face Hub."""
