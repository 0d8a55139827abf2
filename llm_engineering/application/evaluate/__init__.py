"""Golden questions made from the documents, how well the index answers them, and whether that is worse than before."""
