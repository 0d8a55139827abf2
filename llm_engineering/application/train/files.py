"""What lies in the folder of a trained model beside its weights."""

from typing import Final

TRAINING_FILE: Final = "training.json"
"""`TrainedModel` as JSON."""
CARD_FILE: Final = "README.md"
"""The card that the Hugging Face Hub shows."""
