"""What the evaluation of models needs from libraries: models that run here, likelihoods of texts, ROUGE."""
