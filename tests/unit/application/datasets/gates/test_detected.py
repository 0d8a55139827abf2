"""What detectors find in samples. The fakes each look for one word."""

from llm_engineering.application.datasets.gates.detected import DetectorGate, masked, profane
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import WordDetector, instruct, preference

SECRET = WordDetector("hunter2secret", "password")


def test_a_finding_rejects_and_tells_its_kind_only() -> None:
    gate = DetectorGate(SECRET, RejectionReason.SECRET)
    for sample in (instruct("It is hunter2secret."), preference(rejected="hunter2secret")):
        refused = gate(sample)
        assert refused is not None
        assert refused.reason is RejectionReason.SECRET
        assert refused.detail == "It holds 1 of kind 'password', allowed are 0."
    assert gate(instruct()) is None


def test_only_the_asked_kinds_count() -> None:
    assert DetectorGate(SECRET, RejectionReason.SECRET, ("email",))(instruct("It is hunter2secret.")) is None


def test_findings_are_masked() -> None:
    assert masked(instruct("It is hunter2secret, he said."), SECRET).answers == ("It is [password], he said.",)
    assert masked(preference("a", "hunter2secret"), SECRET).answers == ("a", "[password]")


def test_profanity_is_a_flag() -> None:
    flag = profane(instruct("darn loom"), WordDetector("darn"))
    assert flag is not None
    assert (flag.sample_id, flag.flag) == ("one", "profanity")
    assert profane(instruct(), WordDetector("darn")) is None
