import pytest

from llm_engineering.application.crawl.resemblance import fingerprint, signature


class TestFingerprint:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", 0),
            ("One two, three.", 3),
            ("# **One** `two`", 2),
            ("日本語", 3),
            ("LLMを使う", 4),
            ("ภาษา", 4),
        ],
    )
    def test_counts_words_and_characters_of_scripts_without_spaces(self, text: str, words: int) -> None:
        assert fingerprint(text).words == words

    @pytest.mark.parametrize("text", ["ONE Two three", "# One\n\n*two* (three)", "\uff2fne two three."])
    def test_case_signs_and_layout_do_not_count(self, text: str) -> None:
        assert fingerprint(text).digest == fingerprint("one two three").digest

    @pytest.mark.parametrize("text", ["one two", "one three two", "onetwo three", "one two three three"])
    def test_words_and_their_order_count(self, text: str) -> None:
        assert fingerprint(text).digest != fingerprint("one two three").digest

    def test_half_a_surrogate_pair_is_no_hindrance(self) -> None:
        assert fingerprint("one \ud800 two").words == 2


class TestResemblance:
    def test_is_the_share_of_common_runs_of_five_words(self) -> None:
        # a b c d e | b c d e f | c d e f g beside a b c d e | b c d e f | c d e f x: two of four are common.
        assert fingerprint("a b c d e f g").resemblance(fingerprint("a b c d e f x")) == 0.5

    def test_repeated_runs_count_once(self) -> None:
        assert fingerprint("a a a a a").resemblance(fingerprint("a a a a a a a a")) == 1.0

    @pytest.mark.parametrize(("one", "other"), [("", ""), ("a b c d", "a b c d"), ("a b c d e", "")])
    def test_texts_below_five_words_have_nothing_in_common(self, one: str, other: str) -> None:
        assert fingerprint(one).resemblance(fingerprint(other)) == 0.0

    def test_the_order_inside_a_run_counts(self) -> None:
        assert fingerprint("a b c d e").resemblance(fingerprint("e d c b a")) == 0.0


class TestContainment:
    def test_is_the_share_of_a_part_that_the_other_has(self) -> None:
        text = fingerprint("x a b c d e f")

        assert text.containment(slice(2), fingerprint("a b c d e f g")) == 0.5
        assert text.containment(slice(-2, None), fingerprint("a b c d e f g")) == 1.0

    def test_of_nothing_is_nothing(self) -> None:
        assert fingerprint("a").containment(slice(2), fingerprint("a b c d e")) == 0.0


class TestSignature:
    def test_estimates_the_resemblance(self) -> None:
        words = [f"word{number}" for number in range(1_000)]
        one, other = fingerprint(" ".join(words)), fingerprint(" ".join(words[:900]))

        # 896 of 996 shingles are common; the standard deviation of the estimate is 0.027.
        assert one.resemblance(other) == 896 / 996
        assert signature(one).jaccard(signature(other)) == pytest.approx(0.9, abs=0.11)
