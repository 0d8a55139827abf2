import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.hidden import visible_text

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2064\u2066\u2069"
    "\u206f\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\ufff9\ufffb\U0001bca0\U0001d173\U000e0001\U000e0041\U000e007f\U000e0100"
    "\U000e01ef\U000e0fff"
)


@pytest.mark.parametrize(
    ("text", "visible", "stripped"),
    [
        pytest.param("ig\u200bno\u200bre", "ignore", 2, id="zero-width space"),
        pytest.param("\ufeffSalt and wa\u2060ter", "Salt and water", 2, id="byte order mark, word joiner"),
        pytest.param("hy\u00adphen", "hyphen", 1, id="soft hyphen"),
        pytest.param("pay \u202e001\u202c euros", "pay 001 euros", 2, id="override of direction"),
        pytest.param("a\u2066b\u2069", "ab", 2, id="isolates"),
        pytest.param("Hi\U000e0049\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065", "Hi", 6, id="tags"),
        pytest.param("\U0001f600\ufe01\ufe02\U000e0141", "\U0001f600\ufe01", 2, id="run of variation selectors"),
        pytest.param("b\ufe01r\ufe02e\ufe0fad", "bread", 3, id="a selector behind each letter"),
        pytest.param("br\u200de\u200cad", "bread", 2, id="joiners in Latin"),
        pytest.param("می\u200c\u200d\u200cخواهم", "می\u200cخواهم", 2, id="run of joiners in Persian"),
        pytest.param("a\u200eb\u200fc", "abc", 2, id="marks of direction in Latin"),
        pytest.param("\u3164", "", 1, id="filler"),
        pytest.param("a\ud83d b\udfff", "a b", 2, id="halves of surrogate pairs"),
        pytest.param("plain", "plain", 0, id="nothing"),
        pytest.param("", "", 0, id="empty"),
    ],
)
def test_invisible_characters_are_left_out_and_counted(text: str, visible: str, stripped: int) -> None:
    assert visible_text(text) == (visible, stripped)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("👩\u200d👩\u200d👧", id="family"),
        pytest.param("🏳\ufe0f\u200d🌈", id="rainbow flag"),
        pytest.param("⛹🏽\u200d♀\ufe0f", id="woman with a ball and a skin tone"),
        pytest.param("❤\ufe0f\u200d🔥", id="burning heart"),
        pytest.param("1\ufe0f\u20e3", id="key"),
        pytest.param("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", id="flag of Scotland"),
        pytest.param("葛\U000e0100城市", id="ideograph with a variant"),
        pytest.param("می\u200cخواهم PDF\u200cها", id="Persian"),
        pytest.param("क्\u200dष श्री\u200c", id="Hindi"),
        pytest.param("ശ്രീ ന്\u200d", id="Malayalam"),
        pytest.param("ශ්\u200dරී", id="Sinhala"),
        pytest.param("ᠮᠣᠩᠭᠣᠯ\u180b", id="Mongolian"),
        pytest.param("שלום\u200f!", id="Hebrew"),
    ],
)
def test_what_a_language_or_an_emoji_needs_stays(text: str) -> None:
    assert visible_text(text) == (text, 0)


@given(st.text(st.characters(exclude_characters=INVISIBLE, exclude_categories=["Cf", "Cs", "Mn", "Cn", "Lo"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible_text(text) == (text, 0)


@given(
    st.lists(
        st.sampled_from(["a", "1", "ا", "क", "葛", "ᠮ", "ᄀ", "👩", "🏴", "🏽", "ש", " ", *INVISIBLE, "\U000e0067"])
    )
)
def test_a_visible_text_has_nothing_more_to_leave_out(characters: list[str]) -> None:
    visible = visible_text("".join(characters))

    assert visible_text(visible.text) == (visible.text, 0)
    assert len(visible.text) + visible.stripped == sum(map(len, characters))
    assert [c for c in visible.text if c not in INVISIBLE + "\U000e0067"] == [
        c for c in characters if c not in INVISIBLE + "\U000e0067"
    ]
