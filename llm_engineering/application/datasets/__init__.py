"""Training data: samples, the gates that they pass, and what is made of them."""
