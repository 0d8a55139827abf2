"""The forms of questions that are asked without a language model, by language.

{topic} and {term} are the author's own words, so they stand between quotation marks: that is grammatical whatever they
are. No form speaks of a text, an article or a passage: who asks has none before him.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class QuestionForms:
    """How one asks in a language."""

    about_topic: tuple[str, ...]
    """With a {topic} that is no question."""
    about_term: tuple[str, ...]
    """With a {term}, where there is no topic."""
    about_both: tuple[str, ...]
    more: tuple[str, ...]
    """What follows a question that the author asks himself, with a {term}."""
    quotes: tuple[str, str] = ('"', '"')


_ENGLISH: Final = QuestionForms(
    about_topic=(
        "What should I know about {topic}?",
        "How do you explain {topic}?",
        "Tell me what you think about {topic}.",
        "What is your view on {topic}?",
        "Give me a short introduction to {topic}.",
        "In your own words: what is {topic} about?",
        "Why does {topic} matter to you?",
        "What have you learned about {topic}?",
    ),
    about_term=(
        "What is your take on {term}?",
        "Tell me something about {term}.",
        "How do you see {term}?",
        "What should people know about {term}?",
        "What do you have to say about {term}?",
        "Write a few lines about {term}.",
    ),
    about_both=(
        "What should I know about {term} when it comes to {topic}?",
        "How do you see {term} with regard to {topic}?",
        "Can you explain {topic} with a focus on {term}?",
        "Where does {term} come in when you deal with {topic}?",
        "I am reading up on {topic}. What can you tell me about {term}?",
        "How would you describe {term} to somebody who is new to {topic}?",
        "Thinking of {topic}, what is your take on {term}?",
        "Share what you know of {term} in connection with {topic}.",
        "What matters most about {term} if one works on {topic}?",
        "Write a few lines on {topic} that deal with {term}.",
        "{topic} and {term}: how do they go together?",
        "Help me to understand {term}. My subject is {topic}.",
    ),
    more=(
        "Say something about {term} too.",
        "I am most interested in {term}.",
        "What role does {term} play in it?",
        "Please go into {term}.",
        "Begin with {term}.",
    ),
)
_GERMAN: Final = QuestionForms(
    about_topic=(
        "Was sollte ich über {topic} wissen?",
        "Wie erklärst du {topic}?",
        "Was hältst du von {topic}?",
        "Gib mir eine kurze Einführung in {topic}.",
        "Worum geht es bei {topic}, in deinen Worten?",
    ),
    about_term=(
        "Was hältst du von {term}?",
        "Erzähl mir etwas über {term}.",
        "Was sollte man über {term} wissen?",
        "Schreib ein paar Zeilen über {term}.",
    ),
    about_both=(
        "Was sollte ich über {term} wissen, wenn es um {topic} geht?",
        "Kannst du {topic} erklären und dabei auf {term} eingehen?",
        "Wie siehst du {term} mit Blick auf {topic}?",
        "Ich lese mich in {topic} ein. Was kannst du mir über {term} sagen?",
        "Schreib ein paar Zeilen zu {topic}, in denen es um {term} geht.",
        "Was ist an {term} am wichtigsten, wenn man mit {topic} zu tun hat?",
    ),
    more=("Geh dabei auf {term} ein.", "Mich interessiert vor allem {term}.", "Welche Rolle spielt dabei {term}?"),
    quotes=("„", "“"),
)
_FRENCH: Final = QuestionForms(
    about_topic=(
        "Que faut-il savoir sur {topic} ?",
        "Comment expliques-tu {topic} ?",
        "Que penses-tu de {topic} ?",
        "Présente-moi {topic} en quelques mots.",
        "Avec tes propres mots, de quoi s'agit-il : {topic} ?",
    ),
    about_term=(
        "Que penses-tu de {term} ?",
        "Parle-moi de {term}.",
        "Que faut-il savoir sur {term} ?",
        "Écris quelques lignes sur {term}.",
    ),
    about_both=(
        "Que faut-il savoir sur {term} quand il est question de {topic} ?",
        "Peux-tu expliquer {topic} en insistant sur {term} ?",
        "Comment vois-tu {term} par rapport à {topic} ?",
        "Je m'informe sur {topic}. Que peux-tu me dire sur {term} ?",
        "Écris quelques lignes sur {topic} en parlant de {term}.",
        "Qu'est-ce qui compte le plus dans {term} si l'on s'occupe de {topic} ?",
    ),
    more=("Parle aussi de {term}.", "Ce qui m'intéresse surtout : {term}.", "Quel rôle joue {term} ?"),
    quotes=("« ", " »"),
)
_SPANISH: Final = QuestionForms(
    about_topic=(
        "¿Qué debería saber sobre {topic}?",
        "¿Cómo explicas {topic}?",
        "¿Qué opinas de {topic}?",
        "Hazme una breve introducción a {topic}.",
        "En tus propias palabras, ¿de qué trata {topic}?",
    ),
    about_term=(
        "¿Qué opinas de {term}?",
        "Cuéntame algo sobre {term}.",
        "¿Qué hay que saber sobre {term}?",
        "Escribe unas líneas sobre {term}.",
    ),
    about_both=(
        "¿Qué debería saber sobre {term} cuando se trata de {topic}?",
        "¿Puedes explicar {topic} centrándote en {term}?",
        "¿Cómo ves {term} en relación con {topic}?",
        "Estoy aprendiendo sobre {topic}. ¿Qué me puedes decir de {term}?",
        "Escribe unas líneas sobre {topic} que traten de {term}.",
        "¿Qué es lo más importante de {term} si se trabaja en {topic}?",
    ),
    more=("Habla también de {term}.", "Me interesa sobre todo {term}.", "¿Qué papel tiene {term}?"),
    quotes=("«", "»"),
)
NEUTRAL: Final = QuestionForms(
    about_topic=("{topic}",),
    about_term=("{term}",),
    about_both=("{topic}: {term}", "{term} ({topic})"),
    more=("{term}",),
    quotes=("", ""),
)
"""For every other language: the author's own words alone, which are in his language."""

FORMS: Final[Mapping[str, QuestionForms]] = MappingProxyType({
    "en": _ENGLISH,
    "de": _GERMAN,
    "fr": _FRENCH,
    "es": _SPANISH,
})
