"""The families of wording by which instructions to a machine are known, in eleven languages.

They are read on texts without case. Each rule names pieces of words without which it cannot hold: looking for these is
many times faster than trying the rule everywhere.
"""

import re
from typing import Final

_GAP: Final = r"[^.!?\n]"
"""What may stand between the words of a rule: anything inside a sentence."""


class InjectionRule:
    """One family of wording."""

    def __init__(self, signs: str, *wording: str) -> None:
        """Take the signs, parted by spaces, of which one is in every text that the rule holds for, and the wording."""
        self._signs = tuple(sign.replace("_", " ") for sign in signs.split())
        self._pattern = re.compile("".join(wording), re.MULTILINE)

    def search(self, text: str) -> str | None:
        """Return the first piece of a text without case that the rule holds for; None if there is none."""
        if not any(sign in text for sign in self._signs):
            return None
        found = self._pattern.search(text)
        return found[0] if found else None


_TOLD: Final = (
    r"(?:(?:(?:previous|prior|above|earlier|preceding|initial|original|existing|former|foregoing|your|system|safety"
    r"|all|any|these|those|every|developer|current)\s+){1,4}(?:\w+\s+)?(?:instructions?|prompts?|guidelines?|rules"
    r"|directions?|directives?|commands?|orders|constraints|restrictions|programming|messages?|polic(?:y|ies)|context"
    r"|guardrails?)"
    r"|(?:whatever|any|all|the)\s+(?:guidance|instructions?|rules|guidelines)\s+(?:that\s+)?(?:you|was|were|has|have|came)\b"
    r"|(?:everything|anything|all|whatever|what)\s+(?:(?:that\s+)?(?:was|is|has\s+been|came|comes|stands|you|we|they"
    r"|i)\s+)?(?:\w+\s+){0,3}(?:above|before|previously|earlier|told|said|instructed|asked)\b"
    r"|the\s+(?:context|conversation|prompt)\s+and\b"
    r"|(?:the|your)\s+(?:system\s+prompt|guardrails|safety\s+\w+|(?:instructions?|rules|guidelines|prompt)\s+(?:above"
    r"|before|you|that|which|from|given)))"
)
_SECRETS: Final = (
    r"(?:(?:your|the|any|all)\s+(?:\w+\s+){0,2}?(?:system|hidden|initial|original|secret|internal|developer"
    r"|confidential)\s+(?:prompts?|instructions?|messages?|rules|credentials)|your\s+(?:\w+\s+)?(?:api\s+keys?"
    r"|passwords?|credentials|access\s+tokens?|private\s+keys?|environment\s+variables|chat\s+history|conversation"
    r"|prompt|instructions)\b)"
)
_MODEL: Final = r"(?:ai|llms?|(?:large\s+)?language\s+models?|(?:ai\s+)?assistants?|chat\s?bots?|crawlers?|bots?|gpt)"
_SEND: Final = r"(?:send|forward|post|upload|transmit|exfiltrate|deliver|submit|e-?mail|leak)"

RULES: Final = (
    InjectionRule(
        "ignor disregard forget overlook overrid overrul bypass neglect skip discard drop abandon dismiss attention "
        "aside away throw follow obey",
        r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overlook(?:ing)?|overrid(?:e|ing)|overrul(?:e|ing)"
        r"|bypass(?:ing)?"
        r"|neglect|skip|discard|drop|abandon|dismiss|pay\s+no\s+attention\s+to|(?:set|put)\s+aside"
        r"|throw\s+(?:away|out)|(?:not|don['\u2019]?t|stop|no\s+longer|never)\s+(?:need\s+to\s+|have\s+to\s+)?(?:follow|obey)(?:ing)?)\b",
        rf"{_GAP}{{0,30}}?\b{_TOLD}",
    ),
    InjectionRule(
        "previous prior earlier above",
        r"\b(?:previous|prior|earlier|above)\s+(?:instructions?|prompts?|guidelines|rules|directives?|orders)\s+(?:are|is"
        r"|were|no\s+longer|do\s+not|don['\u2019]t|have\s+been|should\s+be|must\s+be)\b",
        rf"{_GAP}{{0,20}}\b(?:void|null|cancel\w*|ignored|disregarded|obsolete|invalid|apply|suspended|revoked"
        r"|superseded|replaced|lifted|overridden|forgotten)\b",
    ),
    InjectionRule(
        "from_now_on",
        rf"\bfrom\s+now\s+on\b{_GAP}{{0,30}}\b(?:you|your|answer|respond|reply|act|always|only)\b",
    ),
    InjectionRule(
        "you_are_now you_are_no you're_now you\u2019re_now",
        r"\byou(?:['\u2019]re|\s+are)\s+(?:now\s+(?:an?\b|the\b|in\b|free\b|dan\b|\w+gpt\b|un\w+)|no\s+longer\s+(?:an?\b"
        r"|bound\b|required\b|limited\b|restricted\b|the\b|subject\b))",
    ),
    InjectionRule(
        "pretend imagine act_as behave_as respond_as",
        r"\b(?:pretend|imagine|act\s+as\s+if|behave\s+as\s+if|respond\s+as\s+if)\s+(?:that\s+)?you(?:['\u2019]re|\s+are"
        r"|\s+have|\s+had|\s+were)\s+(?:\w+\s+){0,3}?(?:no\b|not\b|without\b|un\w+|free\b|an?\s+(?:ai|model|assistant"
        r"|chatbot)\b)|\b(?:act|behave|respond)\s+as\s+an?\s+(?:unrestricted|unfiltered|uncensored|evil|jailbroken)\b",
    ),
    InjectionRule(
        "instruction directive order prompt task",
        r"\b(?:new|updated|additional|urgent|important|hidden|secret|special)\s+(?:system\s+)?(?:instructions?|directives?"
        rf"|orders?|system\s+prompt|task)\s*(?::|for\s+(?:the\s+|any\s+|all\s+)?{_MODEL}\b)",
    ),
    InjectionRule(
        "system admin developer root security",
        r"(?:\b|\[)(?:system|admin(?:istrator)?|developer|root|security)[\s_-]*(?:override|command|directive|instruction"
        r"|note|alert|message|prompt|mode)s?\]?\s*:",
    ),
    InjectionRule(
        "mode",
        r"\b(?:enable|enter|activate|switch\s+(?:in)?to|you\s+are\s+in)\s+(?:\w+\s+)?(?:developer|debug|god|dan|jailbreak"
        r"|unrestricted|maintenance|admin|sudo|root)\s+mode\b",
    ),
    InjectionRule(
        "prompt instruction message rules credential key password token variable history conversation",
        r"\b(?:reveal|print|output|repeat|show|display|leak|disclose|expose|dump|share|send|e-?mail|forward|post|upload"
        r"|transmit|exfiltrate|append|include|recite|quote|tell\s+(?:me|us|them))\b",
        rf"{_GAP}{{0,30}}?\b{_SECRETS}",
    ),
    InjectionRule(
        "http @ following",
        rf"\b{_SEND}\b[^\n!?]{{0,60}}\b(?:to|at|via)\s+(?:https?://|[\w.+-]+@[\w-]+\.|the\s+following\s+(?:address|url"
        r"|e-?mail|endpoint|server))",
    ),
    InjectionRule(
        "not don't don\u2019t never without",
        r"\b(?:do\s+not|don['\u2019]?t|never|without)\s+(?:tell|inform|mention|reveal|disclos|show|let|alert|warn|notify)"
        rf"(?:e|ing|ting)?\b{_GAP}{{0,30}}\b(?:the\s+(?:user|human|reader|operator)|anyone|anybody|users|this\s+"
        r"(?:instruction|message|note|to))\b",
    ),
    InjectionRule(
        "instead rather before_answering whatever regardless",
        r"\b(?:instead|rather\s+than\s+\w+ing|before\s+answering|whatever\s+(?:the\s+(?:question|user)|you\s+are\s+asked)"
        rf"|regardless\s+of\s+(?:the|what)\s+\w+)\b{_GAP}{{0,50}}\b(?:say|respond|reply|output|answer|write|print"
        r"|recommend|insert)\b\s+(?:only\s+|just\s+)?(?:with\b|exactly\b|[\"'\u201c\u2018])",
    ),
    InjectionRule(
        "only always exclusively",
        r"\b(?:respond|reply|answer)\s+(?:only|always|exclusively)\s+(?:with|in)\b"
        r"|\b(?:only|always|exclusively)\s+(?:respond|reply|answer)\s+(?:with|in)\b",
    ),
    InjectionRule(
        "attention note dear hey hello message instruction to_the to_any to_all",
        r"\b(?:attention|note|dear|hey|hello|message|instructions?)\b[\s,:!-]{1,3}(?:(?:to|for)\s+(?:the\s+|any\s+|all"
        rf"\s+)?)?{_MODEL}\b\s*[,:!-]",
    ),
    InjectionRule(
        "if_you_are if_you're if_you\u2019re any_ai any_language all_ai",
        rf"\b(?:if\s+you(?:['\u2019]re|\s+are)\s+an?|(?:any|all|every))\s+{_MODEL}\b{_GAP}{{0,60}}\b(?:must|should|please"
        r"|ignore|say|add|insert|reply|respond|stop)\b",
    ),
    InjectionRule(
        "guardrail safety filter restriction warning limit",
        r"\b(?:guardrails?|safety\s+\w+|(?:content\s+)?filters?|restrictions?)\s+(?:(?:are|is|ha(?:ve|s)\s+been|now)\s+)*"
        r"(?:disabled|off\b|deactivated|switched\s+off|lifted|removed|suspended)"
        r"|\b(?:respond|reply|answer|act|speak|write)\s+without\s+(?:any\s+)?(?:filters?|restrictions?|limits?|warnings?)\b",
    ),
    InjectionRule(
        "response reply replies answer output",
        r"\b(?:begin|start|end|finish)\s+(?:your|each|every|all)\s+(?:responses?|reply|replies|answers?|outputs?)\s+with\b"
        rf"|\b(?:mention|recommend|insert|promote|include|praise|advertise)\b{_GAP}{{0,40}}\bin\s+(?:each|every|all|your)"
        r"\s+(?:\w+\s+)?(?:responses?|reply|replies|answers?|outputs?)\b",
    ),
    InjectionRule(
        "dan true_purpose real_purpose true_goal real_task actual_task",
        r"\b(?:act|behave|respond)\s+as\s+dan\b|\byour\s+(?:true|real|actual|new|only)\s+(?:purpose|goal|task|mission|job)"
        r"\s+is\b",
    ),
    InjectionRule("jailbr", r"\bjailbr(?:eak|oken)\s+(?:yourself|mode|prompt\s*:)"),
    InjectionRule(
        "rm_-rf curl os.system eval(",
        r"\b(?:run|execute)\b[^\n]{0,40}(?:rm\s+-rf|curl\s+\S+\s*\|\s*(?:ba)?sh"
        r"|os\.system|eval\()",
    ),
    InjectionRule(
        "<| [sys #_system #system system: <system> [inst",
        r"<\|(?:im_start\|>\s*system|system\|>|start_header_id\|>\s*system)[^<]{0,80}\byou\s+(?:are|must|will|may)\b"
        r"|(?:<<sys>>|\[inst\])[^<\[]{0,200}\b(?:ignore|you\s+(?:must|are\s+now)|reveal)\b"
        r"|\#{2,4}\s*system\s*:|^\s*(?:\[system\]|system\s*:|<system>)",
    ),
    InjectionRule("<!--", r"<!--[^>]{0,80}\b(?:ai|llm|assistant|model|ignore|instruction|prompt|you\s+must)\b"),
    InjectionRule(
        "![",
        r"!\[[^\]]*\]\(https?://[^)\s]*\?[^)\s]*=(?:\{|\[|%7b|<|\$|(?:secret|data|prompt|context|history|answer"
        r"|conversation)\b)",
    ),
    InjectionRule(  # German
        "ignorier missacht vergiss vergessen übergeh beachte",
        r"\b(?:ignorier\w*|missacht\w*|vergiss|vergessen\s+sie|übergeh\w*|beachte\w*)\b",
        rf"{_GAP}{{0,50}}\b(?:anweisung\w*|instruktion\w*|vorgaben|regeln|eingabe\w*|prompts?|gesagt\w*|oben|bisher\w*"
        r"|vorher\w*)",
    ),
    InjectionRule(  # French
        "ignor oubli néglig abstraction",
        r"\b(?:ignor(?:e|ez|er|ons)|oubli(?:e|ez|er|ons)|néglig\w+|abstraction)\b",
        rf"{_GAP}{{0,50}}\b(?:instructions?|consignes?|directives?|règles|invites?|précédent\w*|ci-dessus)",
    ),
    InjectionRule(  # Spanish, Portuguese, Italian
        "ignor olvid descart omit esque desconsider dimentic trascur",
        r"\b(?:ignor\w+|olvid\w+|descart\w+|omit\w+|esque[çc]\w+|desconsider\w+|dimentic\w+|trascur\w+)\b",
        rf"{_GAP}{{0,50}}\b(?:instruccion\w*|indicacion\w*|órdenes|reglas|anterior\w*|directric\w*|instru[çc][õo]es"
        r"|orienta[çc]\w+|regras|diretrizes|istruzion\w*|indicazion\w*|regole|direttive|precedenti)",
    ),
    InjectionRule(  # Dutch
        "negeer vergeet notitie",
        rf"\b(?:negeer\w*|vergeet|neem\s+geen\s+notitie)\b{_GAP}{{0,50}}\b(?:instructies?|aanwijzingen|regels|opdrachten|voorgaande|eerdere)",
    ),
    InjectionRule(  # Polish
        "zignoruj ignoruj zapomnij pomi",
        r"\b(?:zignoruj\w*|ignoruj\w*|zapomnij\w*|pomiń)\b",
        rf"{_GAP}{{0,50}}\b(?:instrukcj\w*|polece\w*|zasad\w*|wytyczn\w*|poprzedni\w*)",
    ),
    InjectionRule(  # Russian
        "игнориру забудь внимания",
        rf"(?:игнорируй\w*|забудь\w*|не\s+обращай\w*\s+внимания){_GAP}{{0,50}}(?:инструкци\w*|указани\w*|правил\w*"
        r"|команд\w*|предыдущ\w*)",
    ),
    InjectionRule(  # Chinese and Japanese
        "忽略 无视 忘记 忽視 無視 忘 従わない",
        r"(?:忽略|无视|忘记|忽視|無視|忘掉)[^\u3002\uff01\uff1f\n]{0,20}(?:指令|指示|提示|规则|要求|說明|说明)"
        r"|(?:指示|命令|プロンプト|ルール|指令)[^\u3002\n]{0,12}(?:無視|忘れ|従わない)",
    ),
)
"""In the order in which they are tried."""
