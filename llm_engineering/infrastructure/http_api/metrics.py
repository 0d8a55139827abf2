"""What is counted, for Prometheus."""

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from llm_engineering.domain.answers import Answer, AnswerKind

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class ServiceMetrics:
    """The counters of one app; labels come from the service itself, never from a request.

    Args:
        has_model: Whether a language model is set, so that an answer that only quotes is a fallback.
    """

    def __init__(self, *, has_model: bool) -> None:
        self._has_model = has_model
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "twin_requests", "Requests by route, method and status.", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "twin_request_seconds", "Time to the last byte.", ("route",), buckets=_SECONDS, registry=registry
        )
        self.in_flight = Gauge("twin_requests_in_flight", "Requests that are not answered yet.", registry=registry)
        self._answers = Counter("twin_answers", "Answers by kind.", ("kind",), registry=registry)
        self._tokens = Counter("twin_tokens", "Tokens that models read and wrote.", ("direction",), registry=registry)
        self._cost = Counter("twin_cost", "Cost in the currency of the set prices.", registry=registry)
        self._fallbacks = Counter("twin_fallbacks", "Answers quoted because a model failed.", registry=registry)
        self._feedback = Counter("twin_feedback", "Feedback that was stored.", ("is_helpful",), registry=registry)
        self._variants = Counter("twin_experiment_answers", "Answers by variant.", ("variant",), registry=registry)
        self._experiment_failures = Counter(
            "twin_experiment_failures", "What an experiment lacks because it could not be written.", registry=registry
        )

    def count_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_answer(self, answer: Answer) -> None:
        """Count an answer with what it took."""
        self._answers.labels(answer.kind.value).inc()
        self._tokens.labels("read").inc(answer.usage.prompt_tokens)
        self._tokens.labels("written").inc(answer.usage.completion_tokens)
        self._cost.inc(max(0.0, answer.cost or 0.0))
        if self._has_model and answer.kind is AnswerKind.QUOTED:
            self._fallbacks.inc()

    def count_feedback(self, *, is_helpful: bool) -> None:
        """Count feedback that was stored."""
        self._feedback.labels(str(is_helpful).lower()).inc()

    def count_variant(self, variant: str) -> None:
        """Count an answer that a user of an experiment was shown."""
        self._variants.labels(variant).inc()

    def count_experiment_failure(self) -> None:
        """Count something that could not be written of an experiment."""
        self._experiment_failures.inc()

    def exposition(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)
