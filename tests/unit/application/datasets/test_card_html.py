from html.parser import HTMLParser

from llm_engineering.application.datasets.card_html import dataset_html
from llm_engineering.application.datasets.plots import histogram, stacked_bars
from llm_engineering.domain.samples import FlaggedSample, GatedDataset, Rejection, RejectionReason, SampleKind
from tests.support.shared_samples import CONTRACT_HASH, instruct, instruct_dataset, preference_dataset


class Tags(HTMLParser):
    """Collects the tags of a page, and complains of what is not closed."""

    VOID = ("meta",)

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> set[str]:
    parser = Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_the_page_has_everything_and_is_well_formed() -> None:
    page = dataset_html(instruct_dataset(), {"grounding <share>": [0.5, 1.0]})

    assert "script" not in tags(page)
    assert '<li>before the gates<b>8</b><span class="quiet"></span></li>' in page
    assert '<li>after<b>4</b><span class="quiet">50.0%</span></li>' in page
    assert "No document is on both sides of the split." in page
    assert CONTRACT_HASH in page
    for title in ("Rejected samples by reason", "Samples by author", "Words of the answer", "grounding &lt;share&gt;"):
        assert f"<figcaption>{title}</figcaption>" in page
    assert '<td>duplicate</td><td class="number">2</td><td class="number">25.0%</td>' in page
    assert "<h3>duplicate (2)</h3>" in page
    assert "openai writer-1 (4)" in page
    assert '<td>supported share mean</td><td class="number">0.9375</td>' in page
    assert "<td>profanity</td><td>wheel</td><td>t2</td>" in page


def test_text_of_others_is_escaped_and_secrets_are_not_shown() -> None:
    page = dataset_html(instruct_dataset())

    assert "What &lt;b&gt;does&lt;/b&gt; the text say?" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "It says &quot;the text&quot; &amp; more." in page
    assert "hunter2" not in page
    assert "Sample r3: neither text nor finding is shown." in page


def test_preferences_show_how_like_their_answers_are() -> None:
    page = dataset_html(preference_dataset())

    assert "Words that the chosen and the rejected answer have in common" in page
    assert "<dt>chosen</dt><dd><pre>Silk is spun.</pre></dd><dt>rejected</dt>" in page
    assert "<p>Nothing.</p>" in page


def test_a_leak_is_shown() -> None:
    page = dataset_html(instruct_dataset(test=(instruct("e1", document="silk"),)))

    assert "1 documents are on both sides of the split" in page


def test_an_empty_and_a_large_set_can_be_shown() -> None:
    assert "Kept (0)" in dataset_html(GatedDataset(kind=SampleKind.INSTRUCT, train=(), test=()))
    many = tuple(instruct(f"s{number}", answer="word " * 3_000) for number in range(12))
    rejected = tuple(Rejection(sample=each, reason=RejectionReason.TOO_LONG, detail="long") for each in many)
    flagged = tuple(FlaggedSample(sample_id=each.id, flag="<i>", detail="<i>") for each in many * 2)
    dataset = GatedDataset(kind=SampleKind.INSTRUCT, train=many, test=(), rejected=rejected, flagged=flagged)
    page = dataset_html(dataset)

    assert "Kept (10 of 12)" in page
    assert "too long (3 of 12)" in page
    assert "(20 of 24)" in page
    assert len(page) < 60_000


def test_bars_are_as_high_as_there_are_values() -> None:
    plot = histogram("words", [0, 1, 1, 10], high=10.0)

    assert plot.count('height="120.0"') == 1  # two values
    assert plot.count('height="60.0"') == 2  # one value; what lies at the end counts in the last range
    assert histogram("words", []) == stacked_bars("none", {}, ("a",)) == ""
    assert 'height="120.0"' in histogram("words", [5.0, 5.0], high=5.0)
    assert 'height="120.0"' in histogram("equal to the start", [0.0])


def test_stacked_bars_share_one_scale() -> None:
    plot = stacked_bars("by author", {"Ada": (3, 1), "Bob & Eve, whose name is a long one": (2, 0)}, ("train", "test"))

    assert 'width="240.0"' in plot  # 3 of 4, which are 320 pixels
    assert 'width="80.0"' in plot
    assert 'width="160.0"' in plot
    assert "Bob &amp; Eve, whose name is …" in plot
