"""Adapters of the VectorStore port: Qdrant in this process (Edge) and on a server."""
