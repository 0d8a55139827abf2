"""Phrases that say nothing, by language: what rejected answers are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of a language."""

    beginnings: tuple[str, ...]
    """With a {subject}."""
    middles: tuple[str, ...]
    """At least three."""
    endings: tuple[str, ...]
    fillers: tuple[str, ...]
    """They stand before a sentence, which begins with a capital."""
    that_is_all: tuple[str, ...]


PHRASES: Final[Mapping[str, Phrases]] = MappingProxyType({
    "en": Phrases(
        beginnings=(
            "“{subject}” is a very important topic that has gained a lot of attention in recent years.",
            "When it comes to “{subject}”, there are many different aspects that need to be considered.",
            "“{subject}” is a fascinating subject that plays a crucial role in today's fast-paced world.",
            "There are many opinions about “{subject}”, and it can mean different things to different people.",
        ),
        middles=(
            "It offers numerous benefits, but it also comes with certain challenges that should not be underestimated.",
            "Experts agree that a solid understanding of the fundamentals is key to success.",
            "It is essential to weigh the advantages and disadvantages carefully before making a decision.",
            "The best approach always depends on the specific requirements and circumstances.",
            "With the right tools and strategies, it is possible to achieve great results.",
            "Continuous learning and adaptation are vital in this rapidly evolving landscape.",
        ),
        endings=(
            "In conclusion, all of this will undoubtedly continue to be relevant in the future.",
            "Overall, all of this is something that everyone should keep an eye on.",
            "To sum up, all of this deserves careful consideration from all stakeholders.",
        ),
        fillers=(
            "It is important to note the following:",
            "It goes without saying, but it bears repeating:",
            "As everybody surely knows by now:",
            "At the end of the day, one thing is clear:",
            "In today's world, this is more relevant than ever:",
        ),
        that_is_all=(
            "That is basically all there is to it.",
            "There is not much more to say.",
            "The rest is up to you.",
        ),
    ),
    "de": Phrases(
        beginnings=(
            "„{subject}“ ist ein sehr wichtiges Thema, das in den letzten Jahren viel Aufmerksamkeit bekommen hat.",
            "Bei „{subject}“ gibt es viele verschiedene Aspekte, die berücksichtigt werden müssen.",
            "„{subject}“ spielt in der heutigen schnelllebigen Welt eine entscheidende Rolle.",
        ),
        middles=(
            "Es bietet zahlreiche Vorteile, bringt aber auch gewisse Herausforderungen mit sich.",
            "Fachleute sind sich einig, dass ein solides Verständnis der Grundlagen der Schlüssel zum Erfolg ist.",
            "Vor- und Nachteile sollten in jedem Fall sorgfältig abgewogen werden.",
            "Der beste Ansatz hängt immer von den jeweiligen Anforderungen ab.",
        ),
        endings=(
            "Zusammenfassend lässt sich sagen, dass all das auch in Zukunft eine Rolle spielen wird.",
            "Insgesamt verdient all das die Aufmerksamkeit aller Beteiligten.",
        ),
        fillers=(
            "Es ist wichtig, Folgendes zu beachten:",
            "Wie sicher alle wissen:",
            "Am Ende des Tages ist eines klar:",
        ),
        that_is_all=("Mehr gibt es dazu eigentlich nicht zu sagen.", "Das ist im Grunde alles."),
    ),
    "fr": Phrases(
        beginnings=(
            "« {subject} » est un sujet très important qui suscite beaucoup d'attention depuis quelques années.",
            "Quand on parle de « {subject} », de nombreux aspects doivent être pris en compte.",
        ),
        middles=(
            "Les avantages sont nombreux, mais certains défis ne doivent pas être sous-estimés.",
            "Les experts s'accordent à dire qu'une bonne compréhension des bases est la clé du succès.",
            "Il est essentiel de peser le pour et le contre avant de prendre une décision.",
            "La meilleure approche dépend toujours des besoins de chacun.",
        ),
        endings=(
            "En conclusion, tout cela restera sans aucun doute d'actualité.",
            "Dans l'ensemble, tout cela mérite l'attention de tous.",
        ),
        fillers=(
            "Il est important de noter ceci :",
            "Comme chacun le sait :",
            "Au bout du compte, une chose est claire :",
        ),
        that_is_all=("Il n'y a pas grand-chose à ajouter.", "C'est à peu près tout."),
    ),
    "es": Phrases(
        beginnings=(
            "«{subject}» es un tema muy importante que ha recibido mucha atención en los últimos años.",
            "Cuando se habla de «{subject}», hay que tener en cuenta muchos aspectos diferentes.",
        ),
        middles=(
            "Ofrece numerosas ventajas, pero también plantea ciertos retos que no se deben subestimar.",
            "Los expertos coinciden en que comprender bien los fundamentos es la clave del éxito.",
            "Es esencial sopesar con cuidado los pros y los contras antes de tomar una decisión.",
            "El mejor enfoque depende siempre de las necesidades de cada uno.",
        ),
        endings=(
            "En conclusión, todo esto seguirá siendo relevante en el futuro.",
            "En general, todo esto merece la atención de todos.",
        ),
        fillers=(
            "Es importante señalar lo siguiente:",
            "Como todo el mundo sabe:",
            "Al fin y al cabo, una cosa está clara:",
        ),
        that_is_all=("No hay mucho más que decir.", "Eso es básicamente todo."),
    ),
})
