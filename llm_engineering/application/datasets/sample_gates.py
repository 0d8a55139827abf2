"""The gates that look at one sample at a time, in their order."""

from collections.abc import Iterator, Sequence

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.detectors import Detectors, TextDetector
from llm_engineering.application.datasets.gates.detected import DetectorGate, masked, profane
from llm_engineering.application.datasets.gates.formats import TruncationGate, broken, same_answers
from llm_engineering.application.datasets.gates.grounding import GroundingGate
from llm_engineering.application.datasets.gates.injections import injected
from llm_engineering.application.datasets.gates.language import LanguageGate
from llm_engineering.application.datasets.gates.lengths import LengthGate
from llm_engineering.application.datasets.gates.mentions import mention
from llm_engineering.application.datasets.gates.replies import TemplateLeakGate, refusal
from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.gates.verbatim import VerbatimGate
from llm_engineering.application.datasets.gates.verdicts import Gate
from llm_engineering.domain.samples import FlaggedSample, Rejection, RejectionReason, Sample, SampleKind


class SampleGates:
    """Looks at samples one by one.

    Args:
        samples: The whole set, from which some thresholds follow.
        gates: What is demanded.
        detectors: What the gates look with.
        sources: What the samples were made of.
    """

    def __init__(self, samples: Sequence[Sample], gates: DatasetGates, detectors: Detectors, sources: Sources) -> None:
        self._grounding = _grounding_gate(samples, gates, detectors, sources)
        order = (
            _safety_gates(gates, detectors),
            _form_gates(samples, gates, detectors, sources),
            _source_gates(samples, gates, sources),
            (self._grounding,) if self._grounding else (),
        )
        self._gates = tuple(gate for of_kind in order for gate in of_kind)
        self._profanity = detectors.profanity if gates.flag_profanity else None
        self._masked: dict[RejectionReason, TextDetector] = {
            RejectionReason.SECRET: detectors.secrets,
            RejectionReason.PERSONAL_DATA: detectors.personal_data,
        }

    @property
    def supported(self) -> dict[str, float]:
        """Supported share of the answers that came as far as the grounding gate, by the id of the sample."""
        return self._grounding.supported if self._grounding else {}

    @property
    def run_shares(self) -> dict[str, float]:
        """Share of the runs of six words of these answers that their sources have."""
        return self._grounding.run_shares if self._grounding else {}

    def rejection(self, sample: Sample) -> Rejection | None:
        """Return why a sample is rejected, by the first gate that does; None if all let it pass."""
        for gate in self._gates:
            refused = gate(sample)
            if refused:
                detector = self._masked.get(refused.reason)
                kept = masked(sample, detector) if detector else sample
                return Rejection(sample=kept, reason=refused.reason, detail=refused.detail)
        return None

    def flag(self, sample: Sample) -> FlaggedSample | None:
        """Return what people may want to look at; None if there is nothing."""
        return profane(sample, self._profanity) if self._profanity else None


def _safety_gates(gates: DatasetGates, detectors: Detectors) -> Iterator[Gate]:
    """Yield what keeps harm out. It comes first: later gates quote samples, which may not tell a secret."""
    if gates.forbid_injections:
        yield injected
    if gates.forbid_secrets:
        yield DetectorGate(detectors.secrets, RejectionReason.SECRET)
    if gates.personal_data:
        yield DetectorGate(detectors.personal_data, RejectionReason.PERSONAL_DATA, gates.personal_data)


def _form_gates(
    samples: Sequence[Sample], gates: DatasetGates, detectors: Detectors, sources: Sources
) -> Iterator[Gate]:
    """Yield what a text shows by itself."""
    if gates.check_format:
        yield broken
    if gates.forbid_template_leaks:
        yield TemplateLeakGate(sources)
    if gates.forbid_refusals:
        yield refusal
    if gates.forbid_mentions:
        yield mention
    if gates.languages:
        yield LanguageGate(samples, gates.languages, detectors.language, sources)


def _source_gates(samples: Sequence[Sample], gates: DatasetGates, sources: Sources) -> Iterator[Gate]:
    """Yield what compares a sample with its document or with the lengths of its set."""
    if gates.check_format:
        yield same_answers
        yield TruncationGate(sources)
    if gates.lengths:
        yield LengthGate.of(samples, gates.lengths)
    if gates.require_verbatim:
        yield VerbatimGate(sources)


def _grounding_gate(
    samples: Sequence[Sample], gates: DatasetGates, detectors: Detectors, sources: Sources
) -> GroundingGate | None:
    """Return the gate that measures support; what has to be verbatim is supported and needs none."""
    is_verbatim = gates.require_verbatim and samples[0].kind is SampleKind.PREFERENCE
    if gates.grounding is None or is_verbatim:
        return None
    return GroundingGate(sources, gates.grounding, detectors.encoder)
