"""The words that language models are asked with: prompts as code, with versions."""
