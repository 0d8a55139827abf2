"""The page in a real Chromium, as a reader uses it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from llm_engineering.application.answer.asking import AnswerReplaced, PassagesFound
from llm_engineering.application.experiments.exposures import exposures_of, outcomes_of, started
from llm_engineering.application.experiments.online import OnlineExperiment
from llm_engineering.application.experiments.serving import ServedExperiment
from llm_engineering.application.experiments.variants import AnswerChanges
from llm_engineering.application.feedback.writing import feedback_of
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.answers import AnswerKind, Statement
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.http_api.access import Access
from llm_engineering.infrastructure.http_api.variants import Variants
from tests.contracts.answerer import CHUNKS, passage
from tests.support.browsers import running_browser
from tests.support.fake_answerer import FailingAnswerer, FakeAnswerer, HeldAnswerer
from tests.support.service import RunningService, running_service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.integration, pytest.mark.slow]
QUESTION = "Which loom reads cards?"
NOW = datetime(2026, 3, 18, tzinfo=UTC)
EXPERIMENT = OnlineExperiment(name="page-test", b=AnswerChanges(temperature=0.5), smallest_effect=0.3)
KEY = "correct-horse-battery-staple"
ATTACKS = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "[click](javascript:document.title='owned')",
    "[data](data:text/html,<script>alert(1)</script>)",
    "</textarea><svg onload=\"document.title='owned'\">",
)
CONTRAST = """() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)$/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility() || element.matches(":disabled, .hidden, .skip, noscript")) continue;
    const [one, two] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const name = `${element.tagName} ${element.className} ${element.textContent.slice(0, 30)}`;
    if (contrast < 4.5) faint.push(`${name}: ${contrast}`);
  }
  return faint;
}"""
"""WCAG 2.2, 1.4.3: text that can be read has a contrast of 4.5:1 with what is behind it."""
NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a[href], img, [role]")]
  .filter((each) => each.checkVisibility())
  .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length
    || each.getAttribute("aria-labelledby") || each.alt !== undefined || each.getAttribute("role") === "status"
    || each.getAttribute("role") === "alert"))
  .map((each) => each.outerHTML)"""


class Seen:
    """What a page did that a page should not do."""

    def __init__(self, page: "Page", origin: str) -> None:
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self._note(request.url, origin))

    def _note(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", f"blob:{origin}/")):
            self.complaints.append(url)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def shown(browser: "Browser", run: Any) -> Iterator[Any]:
    """Show the page of an app in a window of its own; at the end it has complained of nothing."""
    contexts, seen = [], []

    def show(app: Any, **window: Any) -> "Page":
        service: RunningService = run(app)
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **window}))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        seen.append(Seen(page, service.url))
        page.goto(f"{service.url}/")
        return page

    yield show
    for context in contexts:
        context.close()
    assert [each for one in seen for each in one.complaints if "401" not in each and "503" not in each] == []


@pytest.fixture
def page(shown: Any, make_app: Any) -> "Page":
    page: Page = shown(make_app())
    return page


def ask(page: "Page", question: str = QUESTION) -> None:
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_selector("#feedback:visible")


def text(page: "Page", selector: str) -> str:
    return page.inner_text(selector).replace("\u2060", "")


def test_a_question_is_answered_and_its_sources_are_listed(page: "Page") -> None:
    page.wait_for_selector("#index-line:not(:empty)")
    assert (
        text(page, "#index-line") == "3 passages by Ada Lovelace and Grace Hopper, from ada.dev, grace.dev, and 1 more."
    )

    ask(page)

    assert text(page, "#asked") == QUESTION
    assert text(page, "#text").startswith("A loom of Jacquard reads punched cards.")
    assert page.locator("#source-list li").count() == 3
    assert text(page, "#told").startswith("Quoted: word for word, from the sources below.")
    assert text(page, "#status").endswith("3 sources.")


def test_the_answer_is_seen_while_it_is_written(shown: Any, make_app: Any, run: Any, browser: "Browser") -> None:
    answerer = HeldAnswerer(CHUNKS)
    with running_service(make_app(answerer)) as service:
        page = browser.new_page()
        page.goto(f"{service.url}/")
        page.fill("#question", QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_selector("#status:has-text('3 passages found')", state="attached")
        assert page.is_visible("#stop-button")
        assert page.get_attribute("#text", "aria-busy") == "true"
        service.call(answerer.go.set)
        page.wait_for_selector("#feedback:visible")
        assert page.get_attribute("#text", "aria-busy") == "false"
        page.close()


def test_an_answer_can_be_stopped(make_app: Any, browser: "Browser") -> None:
    answerer = HeldAnswerer(CHUNKS)
    with running_service(make_app(answerer)) as service:
        page = browser.new_page()
        page.goto(f"{service.url}/")
        page.fill("#question", QUESTION)
        page.keyboard.press("Enter")
        page.click("#stop-button")
        page.wait_for_selector("#status:text-is('Stopped.')", state="attached")
        assert page.is_visible("#ask-button")
        page.close()


def test_a_citation_opens_beside_its_source_with_the_quote_marked(page: "Page") -> None:
    ask(page)
    page.click(".cite >> nth=1")

    assert text(page, "#panel-number") == "Source 2"
    assert text(page, "#panel-text mark") == "The analytical engine weaves algebraic patterns."
    assert text(page, "#panel-text").endswith("weaves flowers.")
    assert page.get_attribute("#panel-link a", "href") == "https://ada.dev/engines"
    assert page.get_attribute("#panel-link a", "rel") == "noopener noreferrer"
    page.click("#panel-after")
    assert text(page, "#panel-title") == "Compilers"


def test_a_quote_behind_emoji_is_marked_where_it_stands(shown: Any, make_app: Any) -> None:
    about = {"author": "Ada Lovelace", "category": Category.ARTICLES, "platform": "ada.dev", "day": 1}
    chunk = passage("emoji", "👩‍👩‍👧‍👦🧵 looms. Looms weave.", start=99, **about)  # type: ignore[arg-type]  # mixed
    page = shown(make_app(FakeAnswerer([chunk])))

    ask(page, "looms")
    page.click(".cite")

    assert text(page, "#panel-text mark") == "👩‍👩‍👧‍👦🧵 looms."


def test_filters_are_those_of_the_index_and_hold(page: "Page") -> None:
    page.wait_for_selector("#platform option[value=medium]", state="attached")
    page.click("#filters summary")
    page.select_option("#author", "Ada Lovelace")
    page.select_option("#platform", "medium")
    page.fill("#since", "2024-05-02")
    assert text(page, "#filters-summary") == "Only Ada Lovelace, medium, from 2024-05-02"

    ask(page)
    assert page.locator("#source-list li").count() == 1

    page.click("#filters-reset")
    assert text(page, "#filters-summary") == "Everything that is indexed"


def test_feedback_is_stored(page: "Page", documents: DocumentStore) -> None:
    ask(page)
    page.click("#down")
    page.wait_for_selector("#thanks:text-is('Thank you, that is stored.')")
    page.fill("#comment", "Too <b>short</b>")
    page.click("#feedback button[type=submit]")
    page.wait_for_selector("#thanks:has-text('comment')")

    page.click("#why summary")
    trace = text(page, "#trace").split()[1]
    (stored,) = feedback_of(documents, trace)
    assert (stored.is_helpful, stored.comment) == (False, "Too <b>short</b>")
    assert page.get_attribute("#down", "aria-pressed") == "true"


def test_without_an_experiment_nobody_gets_a_name(shown: Any, make_app: Any) -> None:
    page = shown(make_app())
    page.evaluate("localStorage.setItem('experiment-user', JSON.stringify({experiment: 'old', user: 'page-1'}))")
    page.reload()
    page.wait_for_selector("#index-line:not(:empty)")

    with page.expect_request("**/rag/stream") as asked:
        ask(page)

    assert "x-user" not in asked.value.headers
    assert page.evaluate("localStorage.getItem('experiment-user')") is None


def test_a_browser_takes_part_in_an_experiment_under_a_random_name(
    browser: "Browser", make_app: Any, run: Any, documents: DocumentStore
) -> None:
    started(documents, EXPERIMENT, NOW)
    served = ServedExperiment(documents, EXPERIMENT.name, lambda: NOW)
    usual = FakeAnswerer(CHUNKS)
    service = run(make_app(usual, variants=Variants(served, {"A": usual, "B": usual})))
    context = browser.new_context()
    names = []
    for _ in range(2):  # the second time the page is opened anew
        page = context.new_page()
        page.goto(f"{service.url}/")
        page.wait_for_function("localStorage.getItem('experiment-user') !== null")
        with page.expect_request("**/rag/stream") as asked:
            ask(page)
        names.append(asked.value.headers["x-user"])
    page.click("#up")
    page.wait_for_selector("#thanks:has-text('stored')")
    other = browser.new_context().new_page()
    other.goto(f"{service.url}/")
    other.wait_for_function("localStorage.getItem('experiment-user') !== null")
    kept = json.loads(other.evaluate("localStorage.getItem('experiment-user')"))

    assert re.fullmatch("page-[0-9a-f]{32}", names[0])
    assert names[0] == names[1] != kept["user"]
    assert kept["experiment"] == "page-test"
    assert [each.user for each in exposures_of(documents, "page-test")] == [names[0]]
    assert [(each.user, each.value) for each in outcomes_of(documents, "page-test")] == [(names[0], 1)]
    for window in (context, other.context):
        window.close()


def test_why_this_answer_shows_scores_and_the_dataflow(page: "Page") -> None:
    ask(page)
    page.click("#why summary")
    page.wait_for_selector("#graph-picture:visible")

    assert page.locator(".found").count() == 3
    assert text(page, ".found >> nth=0").split("\n")[0] == "[1] Looms · Notes"
    widths = page.eval_on_selector_all(".found:first-child .bar", "bars => bars.map((bar) => bar.style.width)")
    assert widths == ["75%", "50%", "100%"]
    assert page.evaluate("document.getElementById('graph-picture').complete")


def test_what_is_not_supported_is_marked_and_explained(shown: Any, make_app: Any) -> None:
    extra = {
        "kind": AnswerKind.WRITTEN,
        "text": "Looms read cards [1].\n\n- They also `sing`. They **dance**.",
        "statements": (
            Statement(text="Looms read cards [1].", citations=(1,), is_supported=True),
            Statement(text="They also `sing`.", citations=(), is_supported=False),
        ),
        "notes": ("A link was taken out.",),
    }
    page = shown(make_app(FakeAnswerer(CHUNKS, extra=extra)))

    ask(page)

    assert text(page, "#text .unsupported") == "They also sing."
    assert page.is_visible("#explained")
    assert "Written by a language model" in text(page, "#told")
    assert "A link was taken out." in text(page, "#told")


def test_what_is_not_known_is_told(page: "Page") -> None:
    ask(page, "zebras")

    assert text(page, "#told").startswith("Not known:")
    assert page.is_hidden("#sources")


def test_text_that_became_void_is_gone(shown: Any, make_app: Any) -> None:
    class Replacing(FakeAnswerer):
        async def events(self, question: Any) -> Any:
            async for event in super().events(question):
                yield event
                if isinstance(event, PassagesFound):
                    yield AnswerReplaced(note="The model failed; passages are quoted instead.")

    page = shown(make_app(Replacing(CHUNKS)))
    ask(page)

    assert text(page, "#text").startswith("A loom of Jacquard")


def test_a_failure_is_told(shown: Any, make_app: Any) -> None:
    page = shown(make_app(FailingAnswerer(CHUNKS, error=TimeoutError(), pieces=2)))
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("#error:not(:empty)")

    assert text(page, "#error").startswith("The answer took too long.")
    assert page.is_visible("#ask-button")


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_of_others_stays_text(shown: Any, make_app: Any, attack: str) -> None:
    about: Any = {"author": "Ada Lovelace", "category": Category.ARTICLES, "platform": "ada.dev", "day": 1}
    chunk = passage("x", f"loom {attack} end.", **about)
    provenance = chunk.provenance.model_copy(update={"title": attack, "link": "javascript:document.title='owned'"})
    chunk = chunk.model_copy(update={"provenance": provenance, "heading_path": (attack,)})
    page = shown(make_app(FakeAnswerer([chunk], extra={"text": f"{attack} [1]", "notes": (attack,)})))

    ask(page, f"loom {attack}")
    page.click(".source")

    assert text(page, "#panel-title") == attack
    assert attack in text(page, "#panel-text")
    assert page.locator("#panel-link a").count() == 0
    assert page.title() == "LLM Twin"
    assert (
        page.locator(
            "main script, main svg:not(button svg), .answer img[src=x], a[href^=javascript], a[href^=data]"
        ).count()
        == 0
    )


def test_keys_do_what_they_say(page: "Page") -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type("Which loom")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("reads cards?")
    assert page.input_value("#question") == "Which loom\nreads cards?"
    page.keyboard.press("Enter")
    page.wait_for_selector("#feedback:visible")

    page.focus(".cite >> nth=0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel-title"
    stops = []
    for _ in range(8):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.closest('#panel') !== null"))
    assert all(stops)
    page.keyboard.press("Escape")
    assert page.is_hidden("#panel")
    assert page.evaluate("document.activeElement.className") == "cite"


def test_focus_is_seen(page: "Page") -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    page.focus(".skip")
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["y"] > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_can_be_read(shown: Any, make_app: Any, scheme: str) -> None:
    unsupported = (Statement(text="A loom of Jacquard reads punched cards. [1]", citations=(1,), is_supported=False),)
    page = shown(make_app(FakeAnswerer(CHUNKS, extra={"statements": unsupported})), color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []

    page.click("#filters summary")
    ask(page)
    page.click("#up")
    page.click("#why summary")
    page.click(".cite >> nth=0")

    assert page.get_attribute("html", "data-theme") == scheme
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.get_attribute("html", "lang") == "en"


def test_the_colours_can_be_chosen_and_stay(page: "Page") -> None:
    page.click("#theme-button")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.get_attribute("#theme-button", "aria-pressed") == "true"


def test_a_phone_shows_it_without_scrolling_sideways(shown: Any, make_app: Any) -> None:
    page = shown(make_app(), viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    ask(page)
    page.tap(".cite >> nth=0")
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished)).then(() => null)")

    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    assert box["y"] + box["height"] == pytest.approx(740, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    sizes = page.eval_on_selector_all("#panel button", "all => all.map((each) => each.getBoundingClientRect().height)")
    assert min(sizes) >= 24


def test_a_key_is_asked_for_and_kept_in_the_tab(shown: Any, make_app: Any) -> None:
    access = Access.of(host="127.0.0.1", keys=SecretStr(KEY), allowed_hosts=None, cors_origins=None)
    page = shown(make_app(access=access))
    page.wait_for_selector("#key-form:visible")
    page.fill("#key", "wrong-key-of-good-length")
    page.keyboard.press("Enter")
    page.wait_for_selector("#key-error:not(:empty)")
    assert text(page, "#key-error") == "The service does not accept this key."

    page.fill("#key", KEY)
    page.keyboard.press("Enter")
    page.wait_for_selector("#key-form", state="hidden")
    ask(page)

    assert page.locator("#source-list li").count() == 3
    assert page.evaluate("localStorage.length") == 0


def test_its_files_are_sent_once(client: httpx.Client) -> None:
    for path in ("/", "/page/main.js", "/page/style.css", "/page/icon.svg"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_it_needs_no_inline_script_or_style(client: httpx.Client) -> None:
    html = client.get("/").text

    assert "style=" not in html
    assert " on" not in html.replace(" once", "").split("<body>")[0]
    assert html.count("<script ") == html.count('<script src="/page/')
