"""The kinds of sources that can be read."""

from enum import StrEnum


class CrawlerName(StrEnum):
    """What a source is read as. The values stand in YAML files and in the store: do not rename them."""

    ARTICLE = "article"
    """One web page."""
    BLOG = "blog"
    """A whole site or a part of it, by its feed or its sitemap."""
    MEDIUM = "medium"
    """An author's profile or a publication on Medium."""
    SUBSTACK = "substack"
    """A newsletter on Substack."""
    GIT = "git"
    """One git repository, remote or local."""
    GIT_PROFILE = "git_profile"
    """All public repositories of a user or an organisation."""
    EXPORT = "export"
    """The archive (ZIP) that LinkedIn, Medium, Substack or X gives its members."""
    FILES = "files"
    """Local files and folders."""
    EXPORT_ONLY = "export_only"
    """A site that shows its pages to nobody but its members: it is read from an export archive."""
