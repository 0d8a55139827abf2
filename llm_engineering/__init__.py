"""LLM Twin: collect what an author has written, index it and answer from it with citations."""
