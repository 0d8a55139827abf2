"""How a data set that was made is shared."""

from llm_engineering.application.datasets.card import CardDetails
from llm_engineering.application.datasets.rows import RowStyle
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.datasets.hub import Publication


class Sharing(FrozenModel):
    """Where a data set is written to."""

    folder: str | None = None
    """Of Parquet files, below the data folder unless it is absolute; what an earlier run wrote there is replaced. None:
    none is written."""
    style: RowStyle = RowStyle.MESSAGES
    """How trainers are given texts."""
    card: CardDetails = CardDetails()
    """What the card of the folder says beside what follows from the samples."""
    hub: Publication | None = None
    """Where it goes on the Hugging Face Hub; None: nowhere."""
