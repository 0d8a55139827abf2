"""The originals: authors and their documents as typed objects, and their exchange with JSON files."""
