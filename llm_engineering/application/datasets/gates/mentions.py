"""Instructions that speak of a text which nobody sees who reads them."""

import re
from typing import Final

from llm_engineering.application.datasets.gates.verdicts import Refused
from llm_engineering.domain.samples import RejectionReason, Sample

_SEEN: Final = (
    r"(?:text|extract|excerpt|passage|context|snippet|paragraph|document|article|content|information|source|section|"
    r"study|paper|material|description|transcript|blog\s+post|post|chunk)s?"
)
_GIVEN: Final = (
    r"(?:given|provided|above|below|following|preceding|previous|aforementioned|presented|supplied|attached|quoted|cited"
    r"|input|original|source)"
)
_BARE: Final = r"(?:text|extract|excerpt|passage|context|snippet|paragraph|document|article|transcript|chunk)"
_MENTION: Final = re.compile(
    rf"""
      \b(?:in|from|by|of|to|with|on|within|per|under|about|throughout|does|do|did|is|are|was|what|how|which|summari[sz]e
          |according\s+to|based\s+on|using|rephrase|rewrite|analy[sz]e|describe|explain)\s+
          (?:the|this|that|these|those|our|your)\s+(?:\w+\s+)?{_BARE}s?\b(?!\s+(?:window|length|size|generation|embedding|
          classification|recall|precision|retrieval|processing|engineering|store|database|splitter|chunk|model|manager|
          class|loader|object|parser|node|collection|index|encoder|generat\w*|editor|file|field|column|cell|similarity
          |summari[sz]\w*)s?\b|\s+of\s+(?!the\s+(?:text|extract|passage)))
    | \b(?:the|this|that|these)\s+{_GIVEN}\s+{_SEEN}\b
    | \b{_SEEN}\s+(?:that\s+(?:is|was|are|were)\s+)?(?:given|provided|above|below|presented)\b(?!\s+(?:by|to)\s+the\s+
          (?:user|client|model))
    | \b(?:mentioned|described|stated|listed|discussed|outlined|presented|shown|highlighted)\s+
          (?:above|below|here|earlier)\b
    | \bas\s+(?:mentioned|described|stated|discussed)\s+(?:in|by)\s+(?:it|this|the\s+author\s+here)\b
    | \b(?:im|in\s+dem|in\s+diesem|laut\s+dem)\s+(?:obigen\s+|gegebenen\s+|folgenden\s+)?
          (?:Text|Auszug|Abschnitt|Kontext)\b
    | \b(?:dans|selon|d['\u2019]après)\s+(?:le|ce|l['\u2019])\s*(?:texte|extrait|passage|contexte)\b
    | \b(?:en|según)\s+(?:el|este)\s+(?:texto|extracto|pasaje|contexto)\b
    | \b(?:nel|in\s+questo|secondo\s+il)\s+(?:testo|brano|contesto)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def mention(sample: Sample) -> Refused | None:
    """Return why an instruction cannot be understood on its own; None if it can.

    "What does the text say about X?" speaks of a text that only the generator has seen. A compound that names a thing
    ("the context window", "the document store") is no such mention.
    """
    found = _MENTION.search(sample.instruction)
    if not found:
        return None
    words = " ".join(found[0].split())
    return Refused(
        RejectionReason.MENTIONS_EXTRACT,
        f'Its instruction says "{words}", allowed are 0 mentions of a text to look at.',
    )
