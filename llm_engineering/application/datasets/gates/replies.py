"""Answers that no author wrote: refusals of a model, and pieces of prompts."""

import re
from typing import Final

from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.gates.texts import shortened, without_code
from llm_engineering.application.datasets.gates.verdicts import Refused, good_answer
from llm_engineering.domain.samples import RejectionReason, Sample

_APOSTROPHE: Final = r"['\u2019]"
_NOT: Final = rf"(?:can(?:no|{_APOSTROPHE})?t|cannot|won{_APOSTROPHE}?t|will\s+not|unable|not\s+able)"
_REFUSAL: Final = re.compile(
    rf"""
      \bas\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model)\b(?:\s+(?:language\s+)?model)?\s*,?
          \s+(?:i|my|it)\b
    | \b(?:i{_APOSTROPHE}?m|i\s+am)\s+(?:sorry|afraid|unable|not\s+able)\b[^.!?\n]{{0,40}}\b
          (?:{_NOT}|to\s+(?:help|assist|provide|answer|comply|determine|fulfil))
    | ^\W*(?:i{_APOSTROPHE}?m\s+)?sorry\b[^.!?\n]{{0,40}}\b(?:{_NOT}|don{_APOSTROPHE}?t|do\s+not)\b
    | \bi\s+(?:{_NOT}|am\s+unable\s+to|must\s+decline\s+to|don{_APOSTROPHE}?t\s+feel\s+comfortable)\s+
          (?:help|assist|provide|answer|comply|fulfil|discuss|generate|engage|do\s+that|continue|create)\b(?!\s+but\b)
    | \bi\s+(?:do\s+not|don{_APOSTROPHE}?t)\s+have\s+
          (?:access\s+to|(?:enough|sufficient|any|the)\s+(?:information|context|data))
    | \bthe\s+(?:provided\s+|given\s+)?(?:text|extract|context|passage|document|article|information)(?:\s+provided)?\s+
          (?:does\s+not|doesn{_APOSTROPHE}?t|do\s+not|fails\s+to)\s+
          (?:contain|provide|mention|include|specify|say|state|address|give)
    | \b(?:there\s+is\s+)?(?:no|not\s+enough|insufficient)\s+(?:information|context)\s+(?:is\s+)?
          (?:provided|given|available)\s+(?:in|to|about)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_LEAK: Final = re.compile(
    r"""
      <\|[^|<>\s]{1,64}\|>
    | \[/?(?:INST|SYS|SYSTEM_PROMPT)\] | <</?SYS>>
    | </?(?:extract|context|passage|question|answer|instruction|response|chosen|rejected|document|source_text|think)s?>
    | ^\s*\#{1,4}\s*(?:Instruction|Response|Input|System|User|Assistant|Human|Output)s?\s*:?\s*$
    | ^\s*(?:\#{1,4}\s*|\*\*)?(?:Instruction|Response|Assistant|Human|Chosen|Rejected|System)\s*(?:answer)?\s*:
          (?:\*\*)?\s
    | \{\{?\s*(?:extract|context|question|answer|instruction|text|document|prompt|query|input|topic|title|author)s?\s*
          \}?\}
    | \{%\s*\w+
    | \[(?:insert|your|add|enter|placeholder|todo)\b[^\]\n]{0,40}\] (?!\()
    | <(?:insert|your)\s[^<>\n]{1,40}>
    | \blorem\s+ipsum\b
    | "(?:instruction|answer|chosen|rejected|instruction_answer_pairs|preference_triples)"\s*:
    | ^\W*(?:sure|certainly|of\s+course|absolutely)\b[!,.]?\s+(?:here(?:['\u2019]s|\s+is|\s+are)|i['\u2019](?:ll|d))\b
    | ^\W*here\s+(?:is|are)\s+(?:the|an?|\w+)\s+(?:instruction|question|answer|example|rewritten|rephrased)\b
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)


def refusal(sample: Sample) -> Refused | None:
    """Return why an answer counts as a model's refusal; None if it is none."""
    phrase = refusing_phrase(good_answer(sample))
    if phrase is None:
        return None
    return Refused(RejectionReason.REFUSAL, f'It says "{shortened(phrase)}", allowed are 0 phrases of refusal.')


def refusing_phrase(text: str) -> str | None:
    """Return the first words by which a text refuses to answer, as models do; None if there are none."""
    found = _REFUSAL.search(without_code(text))
    return found[0] if found else None


class TemplateLeakGate:
    """Rejects samples that show a prompt, a role tag or a placeholder, unless their author wrote that himself."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def __call__(self, sample: Sample) -> Refused | None:
        """Return what is leaked; None if nothing is."""
        written = self._sources.document_text(sample) or ""
        for text in (sample.instruction, *sample.answers):
            for found in _LEAK.finditer(without_code(text)):
                if found[0].strip() not in written:
                    return Refused(
                        RejectionReason.TEMPLATE_LEAK,
                        f'It shows "{shortened(found[0])}", allowed are 0 pieces of prompts that its document lacks.',
                    )
        return None
