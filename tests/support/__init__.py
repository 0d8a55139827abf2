"""Parts that tests of several modules share."""
