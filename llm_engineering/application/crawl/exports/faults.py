"""Why something in an export archive was left out."""

from enum import StrEnum

from llm_engineering.domain.outcomes import Dropped


class ExportFault(StrEnum):
    """Why a piece, a row or a member of an archive gives no document. The values are stored: do not rename them."""

    DRAFT = "draft"
    """It was not published when the archive was made."""
    RETWEET = "retweet"
    """It passes on the words of somebody else."""
    NO_WORDS = "no_words"
    """It is a picture, a video or a repost to which the author added nothing."""
    NO_CONTENT = "no_content"
    """The page of an article has no text, or is missing."""
    NOT_LISTED = "not_listed"
    """The table of posts does not name the page, so that it may be a draft."""
    NO_POST = "no_post"
    """A long text belongs to no post of the archive."""
    DUPLICATE = "duplicate"
    """Another piece of the archive has the same address."""
    EXCLUDED = "excluded"
    """The patterns of the source leave it out."""
    NOT_OPENED = "not_opened"
    """Members that are private or hold no published words; one entry counts all of them."""
    MALFORMED_ROW = "malformed_row"
    """A row has more or fewer cells than its table has columns."""
    UNKNOWN_COLUMNS = "unknown_columns"
    """A table lacks the columns that are read."""
    UNKNOWN_LAYOUT = "unknown_layout"
    """A page, a list or an entry is not built as it is known."""
    DAMAGED_MEMBER = "damaged_member"
    """A member cannot be decompressed, has the wrong checksum, or is not the JSON that it should be."""
    DUPLICATE_MEMBER = "duplicate_member"
    """A member of the same name comes before it."""
    SYMLINK = "symlink"
    """A member is a symbolic link."""
    TOO_LARGE = "too_large"
    """A member exceeds `ArchiveLimits.max_member_bytes`."""
    UNKNOWN_COMPRESSION = "unknown_compression"
    """A member is compressed in a way that is not read."""


def dropped(item: str, fault: ExportFault, detail: str) -> Dropped:
    """Return an item that did not go on; its name is a place in the archive or an address."""
    return Dropped(item=item, reason=fault.value, detail=detail)
