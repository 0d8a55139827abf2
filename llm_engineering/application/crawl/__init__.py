"""From a link to documents: which crawler reads it, what of a page is the article, what of a repository is kept."""
