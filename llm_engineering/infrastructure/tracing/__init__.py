"""Where traces go besides the document store, and what they say of the code."""
