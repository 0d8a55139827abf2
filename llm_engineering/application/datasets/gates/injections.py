"""Instructions to a machine that were slipped into a sample, openly or hidden.

The patterns are families of words, not sentences: a verb of setting aside near a noun for what a model was told, a
change of role, a demand for what is kept secret, a way to carry data off. They hold in eleven languages. A text is also
read with its disguises taken away: styled letters, spaced letters, digits for letters, look-alike letters of other
scripts and Base64.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from llm_engineering.application.crawl.hidden import visible_text
from llm_engineering.application.datasets.gates.texts import normalized, shortened
from llm_engineering.application.datasets.gates.verdicts import Refused
from llm_engineering.domain.samples import RejectionReason, Sample

_SET_ASIDE: Final = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|overrul(?:e|ing)|bypass(?:ing)?|neglect|skip"
    r"|discard|drop|abandon|dismiss|pay\s+no\s+attention\s+to|set\s+aside|put\s+aside|throw\s+(?:away|out)"
    r"|do\s+not\s+(?:follow|obey)|don['’]?t\s+(?:follow|obey)|stop\s+(?:following|obeying)|no\s+longer\s+(?:follow|obey))"
)
_TOLD: Final = (
    r"(?:(?:(?:previous|prior|above|earlier|preceding|initial|original|existing|former|foregoing|your|system|safety|all"
    r"|any|these|those|every|developer|current)\s+){1,4}(?:\w+\s+)?(?:instructions?|prompts?|guidelines?|rules|directions?"
    r"|directives?|commands?|orders|constraints|restrictions|programming|training|messages?|polic(?:y|ies)|context"
    r"|guardrails?|text)"
    r"|(?:everything|anything|all|whatever|what)\s+(?:(?:that\s+)?(?:was|is|has\s+been|came|comes|stands|you|we|they|i|he"
    r"|she)\s+)?(?:\w+\s+){0,3}(?:above|before|previously|earlier|told|said|instructed|asked|given)"
    r"|(?:the|your)\s+(?:system\s+prompt|rules|guidelines|guardrails|safety\s+\w+|instructions?\s+(?:above|before|you)))"
)
_SECRETS: Final = (
    r"(?:(?:your|the|any|all)\s+(?:\w+\s+){0,2}(?:system|hidden|initial|original|secret|internal|developer|confidential)\s+"
    r"(?:prompts?|instructions?|messages?|configuration|rules|credentials|data)|(?:your|the)\s+(?:\w+\s+)?(?:api\s+keys?"
    r"|passwords?|credentials|access\s+tokens?|private\s+keys?|environment\s+variables|chat\s+history"
    r"|conversation(?:\s+history)?)|your\s+(?:prompt|instructions))"
)
_TELL: Final = (
    r"(?:reveal|print|output|repeat|show|display|leak|disclose|expose|dump|share|send|e-?mail|forward|post|upload|transmit"
    r"|exfiltrate|append|include|recite|tell\s+(?:me|us|them))"
)
_INJECTION: Final = re.compile(
    rf"""
      \b{_SET_ASIDE}\b[^.!?\n]{{0,30}}?\b{_TOLD}
    | \bfrom\s+now\s+on\b[^.!?\n]{{0,30}}\b(?:you|your|answer|respond|reply|act|always|only)\b
    | \byou\s+are\s+(?:now|no\s+longer)\s+(?:an?\b|the\b|in\b|bound\b|free\b|dan\b|required\b|allowed\b|\w+gpt\b)
    | \b(?:pretend|imagine)\s+(?:that\s+)?you(?:['’]re|\s+are|\s+have)\s+(?:\w+\s+){{0,3}}(?:no\b|not\b|without\b|un\w+|free\b
          |an?\s+(?:ai|model|assistant|chatbot)\b)
    | \b(?:new|updated|additional|urgent|important|hidden|secret)\s+(?:system\s+)?(?:instructions?|directives?|orders?
          |system\s+prompt|task)\s*(?::|for\s+(?:the\s+|any\s+|all\s+)?(?:ai|assistants?|models?|llms?|bots?|language))
    | \b(?:system|admin(?:istrator)?|developer|root|security)\s*(?:override|command|directive|note|alert|message|mode)\s*:
    | \b(?:enable|enter|activate|switch\s+(?:in)?to|you\s+are\s+in)\s+(?:\w+\s+)?(?:developer|debug|god|dan|jailbreak
          |unrestricted|maintenance|admin|sudo|root)\s+mode\b
    | \b{_TELL}\b[^.!?\n]{{0,30}}?\b{_SECRETS}
    | \b(?:send|forward|post|upload|transmit|exfiltrate|deliver|submit|e-?mail)\b[^.!?\n]{{0,60}}\b(?:to|at|via)\s+
          (?:https?://|[\w.+-]+@[\w-]+\.|the\s+following\s+(?:address|url|e-?mail|endpoint|server))
    | \b(?:do\s+not|don['’]?t|never)\s+(?:tell|inform|mention|reveal|disclose|show|let|alert|warn)\b[^.!?\n]{{0,30}}
          \b(?:the\s+(?:user|human|reader|operator|person)|anyone|anybody|users|this\s+(?:instruction|message|note))\b
    | \b(?:instead|rather\s+than\s+\w+ing|before\s+answering|whatever\s+(?:the\s+(?:question|user)|you\s+are\s+asked)
          |regardless\s+of\s+(?:the|what)\s+\w+)\b[^.!?\n]{{0,50}}\b(?:just|only|simply|always|must|should|please)?\s*
          (?:say|respond|reply|output|answer|write|print|return|recommend)\b\s+(?:with\b|that\b|only\b|exactly\b|["'“‘])
    | \b(?:respond|reply|answer|output)\s+(?:only\s+|always\s+|exclusively\s+|just\s+)+with\b
    | \b(?:attention|note|dear|hey|hello|message|instructions?)\b[\s,:!-]{{1,3}}(?:to\s+(?:the\s+|any\s+|all\s+)?)?(?:ai|llms?
          |language\s+models?|assistants?|chatbots?|crawlers?|bots?)\b[\s,:!-]
    | \bif\s+you\s+are\s+an?\s+(?:ai|llm|(?:large\s+)?language\s+model|assistant|chatbot|bot)\b[^.!?\n]{{0,60}}
          \b(?:must|should|please|ignore|say|add|include|recommend|insert|reply|respond|reads?\s+this)\b
    | \b(?:jailbreak|jailbroken)\s+(?:yourself|mode|prompt\s*:)
    | \b(?:act|behave|respond)\s+as\s+(?:if\s+you\s+(?:had|have|were|are)\s+no|an?\s+(?:unrestricted|unfiltered|uncensored|evil
          |jailbroken))\b
    | \b(?:run|execute)\b[^.!?\n]{{0,30}}(?:rm\s+-rf|curl\s+\S+\s*\|\s*(?:ba)?sh|os\.system|eval\()
    | <\|(?:im_start|system|start_header_id)\|>\s*(?:system|developer)?
    | ^\s*(?:\[system\]|\#{{1,4}}\s*system\s*:|system\s*:|<system>)
    | <!--[^>]{{0,80}}\b(?:ai|llm|assistant|model|ignore|instruction|prompt|you\s+must)\b
    | !\[[^\]]*\]\(https?://[^)\s]*\?[^)\s]*=(?:\{{|\[|%7b|<|\$|(?:secret|data|prompt|context|history|answer|conversation)\b)
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Chinese, Japanese
    | \b(?:ignorier\w*|missachte\w*|vergiss|vergessen\s+sie|übergeh\w*)\b[^.!?\n]{{0,50}}\b(?:anweisung\w*|instruktion\w*
          |vorgaben|regeln|eingabe\w*|prompts?|gesagt\w*)
    | \b(?:ignor\w+|oubli\w+|néglig\w+|faites?\s+abstraction)\b[^.!?\n]{{0,50}}\b(?:instructions?|consignes?|directives?|règles
          |invites?|précédent\w*|ci-dessus)
    | \b(?:ignor\w+|olvid\w+|descart\w+|omit\w+)\b[^.!?\n]{{0,50}}\b(?:instruccion\w*|indicacion\w*|órdenes|reglas|anterior\w*
          |directric\w*)
    | \b(?:ignor\w+|dimentic\w+|trascur\w+)\b[^.!?\n]{{0,50}}\b(?:istruzion\w*|indicazion\w*|regole|direttive|precedent\w*)
    | \b(?:ignor\w+|esque[çc]\w+|desconsider\w+)\b[^.!?\n]{{0,50}}\b(?:instru[çc]\w+|orienta[çc]\w+|regras|anterior\w*
          |diretrizes)
    | \b(?:negeer\w*|vergeet)\b[^.!?\n]{{0,50}}\b(?:instructies?|aanwijzingen|regels|opdrachten|voorgaande|eerdere)
    | \b(?:zignoruj\w*|ignoruj\w*|zapomnij\w*|pomiń)\b[^.!?\n]{{0,50}}\b(?:instrukcj\w*|polece\w*|zasad\w*|wytyczn\w*|poprzedni\w*)
    | (?:игнорируй\w*|забудь\w*|проигнорируй\w*|не\s+обращай\w*\s+внимания)[^.!?\n]{{0,50}}(?:инструкци\w*|указани\w*|правил\w*
          |команд\w*|предыдущ\w*)
    | (?:忽略|无视|忘记|忽視|無視|忘掉)[^。！？\n]{{0,20}}(?:指令|指示|提示|规则|要求|說明|说明|内容)
    | (?:指示|命令|プロンプト|ルール|指令)[^。！？\n]{{0,12}}(?:無視|忘れ|従わない)
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)  # noqa: RUF001 - quotes as people type them, and signs of Chinese and Japanese
_SPACED: Final = re.compile(r"(?<!\S)(?:\S[ ._*-]){7,}\S(?!\S)|\b(?:\w[ ._*-]{1,2}){7,}\w\b")
_BASE64: Final = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/])")
_LOOKALIKES: Final = str.maketrans("аеорсухіјѕԁԛԝһαορενικ", "aeopcyxijsdqwhaopevik")  # noqa: RUF001 - that is their point
_LEET: Final = str.maketrans("013457@$!", "oieastasi")
_LEETED: Final = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457@$!])[\w@$!]{3,}")
_HIDDEN: Final = re.compile("[\U000e0001-\U000e007f]{3,}|[\u202a-\u202e\u2066-\u2069]")
_FEWEST_LEETED: Final = 2


def injected(sample: Sample) -> Refused | None:
    """Return which instruction to a machine a sample holds; None if there is none that is known.

    The instruction and all answers are looked at, and what an author quotes counts too: a model that is trained on it
    learns it.
    """
    for text in (sample.instruction, *sample.answers):
        found = _found_in(text)
        if found:
            return Refused(RejectionReason.INJECTED, f"It holds {found}, allowed are 0 instructions to a machine.")
    return None


def _found_in(text: str) -> str | None:
    hidden = _HIDDEN.search(text) and visible_text(text)
    if hidden and hidden.stripped:
        return f"{hidden.stripped} characters that no reader sees"
    for disguise, reading in _readings(text):
        match = _INJECTION.search(reading)
        if match:
            return f'"{shortened(match[0])}"{disguise}'
    return None


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text as it is and without each disguise that it may wear, with the name of the disguise."""
    plain = visible_text(text).text
    yield "", plain
    folded = normalized(plain)
    if not plain.isascii():
        yield " in look-alike letters", folded.translate(_LOOKALIKES)
    spaced = _SPACED.findall(folded)
    if spaced:
        yield " in spaced letters", " ".join(_closed_up(each) for each in re.split(r"\s{2,}|(?<=\w)\s/\s", folded))
    if len(_LEETED.findall(folded)) >= _FEWEST_LEETED:
        yield " with digits for letters", folded.translate(_LEET)
    for match in _BASE64.finditer(plain):
        decoded = _decoded(match[0])
        if decoded:
            yield " in Base64", decoded


def _closed_up(text: str) -> str:
    return re.sub(r"[ ._*-]", "", text) if _SPACED.search(text) else text


def _decoded(text: str) -> str | None:
    """Return what a text says in Base64; None if it says nothing in letters."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return decoded if decoded.isprintable() else None
