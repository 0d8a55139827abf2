"""Folders of trained models: the registry that knows them, their hashes, and the Hugging Face Hub."""
