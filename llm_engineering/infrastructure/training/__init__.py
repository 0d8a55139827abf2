"""Training by TRL and PEFT: the adapter of the port in `application/train/trainer.py`."""
