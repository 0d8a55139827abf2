"""Expected values come from sha1sum and sha256sum over the bytes that RFC 9562 and the docstrings name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.domain.identity import NAMESPACE, content_hash, identifier


def test_the_namespace_never_changes() -> None:
    assert str(NAMESPACE) == "6f0c1f5e-6c0a-5d0e-9d63-2a4a1f8f7b11"


@pytest.mark.parametrize(
    ("natural_key", "expected"),
    [
        (("a", "bc"), "181faa84-c419-555d-b281-476bdfa567cc"),
        (("ab", "c"), "0127967d-42cc-55bf-9736-936b9f32b508"),
        (('say "hi"', "山"), "beaf7531-6219-52bf-8938-210d1ad06718"),
        (("document", "ada", "https://ada.dev/one"), "dd6e8dc3-4623-5322-a4d7-f7bc5117c9ec"),
        ((), "6ad1abef-15de-545e-8c38-d879a70c3039"),
    ],
)
def test_identifiers_are_those_of_every_release(natural_key: tuple[str, ...], expected: str) -> None:
    assert identifier(*natural_key) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("a", "bc"), "0d455c46a0c1802607406cf13cf9dc0dd8c66fae7ae2c72ac1de01f70c456114"),
        (("ab", "c"), "5d3417e0b6f7f76895f8e167d4904489e175d74658538a3a83cb01a6636639c9"),
        ((None,), "1d8fc6ceb1f94c6326d6d5483d258fcb2e179e9869325b245d105c2219bf69fd"),
        (("",), "055539df4a0b804c58caf46c0cd2941af10d64c1395ddd8e50b5f55d945841e6"),
        ((), "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
        (("Größe 山",), "0f983d6640b4225ceb25d829e2c9bd87899be66bfba39e8135db86ff275945c9"),
        (("\ud800",), "335ffac769e5b3cec6047f6f464a0d24267493f49d3bc75f0a6411ad9448f003"),
    ],
)
def test_hashes_are_those_of_every_release(parts: tuple[str | None, ...], expected: str) -> None:
    assert content_hash(*parts) == expected


@given(st.lists(st.text(max_size=5), max_size=3), st.lists(st.text(max_size=5), max_size=3))
def test_different_keys_have_different_identifiers(one: list[str], other: list[str]) -> None:
    assert (identifier(*one) == identifier(*other)) == (one == other)
    assert (content_hash(*one) == content_hash(*other)) == (one == other)
