"""What pages with scripts come to, and what hostile ones do not come to, in the Chromium of this machine."""

import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.browser import BrowserMissingError, BrowserRenderer, installed_browser
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.render_caps import RenderCaps
from tests.support.browsers import running_renderer
from tests.support.crawl_fakes import PagesInMemory
from tests.support.site import Reply, Site, redirect, running_site

pytestmark = [pytest.mark.integration, pytest.mark.slow]

JSON = "application/json"


class Trap:
    """A port that nobody may come to, over TCP or UDP."""

    def __init__(self, host: str) -> None:
        self._tcp = socket.create_server((host, 0))
        self._tcp.setblocking(False)
        self.address = f"{host}:{self._tcp.getsockname()[1]}"
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setblocking(False)
        self._udp.bind(self._tcp.getsockname())

    def visitors(self) -> list[str]:
        """Return which ways somebody came."""
        came = []
        try:
            self._tcp.accept()[0].close()
            came.append("tcp")
        except BlockingIOError:
            pass
        try:
            self._udp.recv(1)
            came.append("udp")
        except BlockingIOError:
            pass
        return came

    def close(self) -> None:
        self._tcp.close()
        self._udp.close()


@pytest.fixture(scope="module")
def renderer() -> Iterator[BrowserRenderer]:
    with running_renderer("127.0.0.1", caps=RenderCaps(settle_seconds=2)) as renderer:
        yield renderer


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def trap() -> Iterator[Trap]:
    """Set up a trap at an address that the client may go to: the browser itself may not even go there."""
    with closing(Trap("127.0.0.1")) as trap:
        yield trap


def page(site: Site, script: str, *, head: str = "") -> str:
    html = f"<html><head>{head}</head><body><p>static</p><script>{script}</script></body></html>"
    return site.on("/", Reply(html.encode()))


def shown(renderer: BrowserRenderer, url: str) -> str:
    return renderer.render(url).body.decode()


def reason(renderer: BrowserRenderer, url: str) -> FailureReason:
    with pytest.raises(FetchError, match=r"http|closed") as caught:
        renderer.render(url)
    return caught.value.reason


def test_a_page_is_filled_with_data_of_its_own(renderer: BrowserRenderer, site: Site) -> None:
    data = json.dumps({"text": "The engine weaves."}).encode()
    site.on("/data.json", Reply(data, content_type=JSON))
    site.on("/app.js", Reply(b"fetch('data.json').then(r => r.json()).then(d => document.body.append(d.text))"))

    rendered = renderer.render(page(site, "", head="<script src='/app.js' defer></script>"))

    assert "The engine weaves." in rendered.body.decode()
    assert site.requests == ["/robots.txt", "/", "/app.js", "/data.json"]
    assert {headers["User-Agent"] for headers in site.headers} == {"test"}
    assert rendered.received_bytes > len(data)


def test_data_may_come_from_another_site(site: Site) -> None:
    with running_site("127.0.0.3") as other, running_renderer("127.0.0.1", "127.0.0.3") as renderer:
        url = other.on("/data", Reply(b"bread", content_type="text/plain"))

        html = shown(renderer, page(site, f"fetch('{url}').then(r => r.text()).then(t => document.body.append(t))"))

    assert "bread" in html


def test_what_is_no_text_is_not_fetched(renderer: BrowserRenderer, site: Site) -> None:
    head = "<link rel='stylesheet' href='/a.css'><link rel='icon' href='/a.ico'>"
    script = "document.body.innerHTML += '<img src=a.png><video src=a.mp4></video><iframe src=frame></iframe>'"

    html = shown(renderer, page(site, script, head=head))

    assert "a.png" in html
    assert set(site.requests) == {"/robots.txt", "/"}


@pytest.mark.parametrize(
    "script",
    [
        "throw new Error('x')",
        "alert('x'); confirm('y'); prompt('z')",
        "document.write('<script>nonsense(</' + 'script>')",
    ],
)
def test_faults_of_a_page_do_not_matter(renderer: BrowserRenderer, site: Site, script: str) -> None:
    assert "static" in shown(renderer, page(site, script))


WORKER = "new Worker(URL.createObjectURL(new Blob([`{}`])))"
ATTEMPTS = {
    "web socket": "new WebSocket('ws://TRAP/')",
    "image": "new Image().src = 'http://TRAP/'",
    "beacon": "navigator.sendBeacon('http://TRAP/', 'x')",
    "event source": "new EventSource('http://TRAP/')",
    "post": "fetch('http://TRAP/', {method: 'POST', body: 'x'})",
    "frame": "document.body.innerHTML += '<iframe src=\"http://TRAP/\"></iframe>'",
    "frame of a frame": "document.body.innerHTML += '<iframe srcdoc=\"<iframe src=http://TRAP/>\"></iframe>'",
    "pop-up": "window.open('http://TRAP/')",
    "going on": "location.href = 'http://TRAP/'",
    "form": "document.body.innerHTML += '<form action=\"http://TRAP/\"></form>'; document.forms[0].submit()",
    "service worker": "navigator.serviceWorker.register('http://TRAP/sw.js')",
    "web socket of a worker": WORKER.format("new WebSocket('ws://TRAP/')"),
    "web transport": "new WebTransport('https://TRAP/')",
    "web transport of a worker": WORKER.format("new WebTransport('https://TRAP/')"),
    "peer": (
        "const frame = document.body.appendChild(document.createElement('iframe')).contentWindow;"
        "const peer = new (window.RTCPeerConnection || frame.RTCPeerConnection)"
        "({iceServers: [{urls: ['stun:TRAP', 'turn:TRAP?transport=tcp'], username: 'x', credential: 'x'}]});"
        "peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer))"
    ),
}
HINTS = {
    "preconnect": "<link rel='preconnect' href='http://TRAP/'>",
    "prefetch": "<link rel='prefetch' href='http://TRAP/'>",
    "prerender": "<link rel='prerender' href='http://TRAP/'>",
    "style": "<style>@import 'http://TRAP/a.css'; body { background: url(http://TRAP/a.png) }</style>",
    "refresh": "<meta http-equiv='refresh' content='0; url=http://TRAP/'>",
    "speculation": '<script type="speculationrules">{"prerender": [{"urls": ["http://TRAP/"]}]}</script>',
}


def test_the_trap_tells_who_came(trap: Trap) -> None:
    host, port = trap.address.split(":")
    with socket.create_connection((host, int(port))), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", (host, int(port)))

        assert trap.visitors() == ["tcp", "udp"]


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_scripts_reach_nothing(renderer: BrowserRenderer, site: Site, trap: Trap, attempt: str) -> None:
    script = f"document.body.append('begun'); {attempt.replace('TRAP', trap.address)}"

    html = shown(renderer, page(site, script))

    assert "begun" in html
    assert trap.visitors() == []


@pytest.mark.parametrize("hint", HINTS.values(), ids=HINTS)
def test_hints_reach_nothing(renderer: BrowserRenderer, site: Site, trap: Trap, hint: str) -> None:
    html = shown(renderer, page(site, "", head=hint.replace("TRAP", trap.address)))

    assert "static" in html
    assert trap.visitors() == []


@pytest.mark.parametrize("request_of", ["fetch('{}')", "import('{}')", "importScripts"])
def test_scripts_reach_no_address_that_is_not_allowed(renderer: BrowserRenderer, site: Site, request_of: str) -> None:
    with running_site("127.0.0.2") as private:
        direct, redirected = private.url, site.on("/redirect", redirect(private.url))
        if request_of == "importScripts":
            script = "".join(WORKER.format(f"importScripts('{url}')") + ";" for url in (direct, redirected))
        else:
            script = "".join(request_of.format(url) + ".catch(() => 0);" for url in (direct, redirected))
        html = shown(renderer, page(site, f"{script} document.body.append('done')"))

    assert "done" in html
    assert private.requests == []


def test_scripts_reach_no_file(renderer: BrowserRenderer, site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("a secret", encoding="utf-8")
    url = (tmp_path / "secret.txt").as_uri()
    script = f"fetch('{url}').then(r => r.text()).then(t => document.body.append(t)).catch(e => document.title = e);"

    html = shown(renderer, page(site, f"{script} document.body.innerHTML += '<iframe src=\"{url}\"></iframe>'"))

    assert "Failed to fetch" in html
    assert "a secret" not in html


@pytest.mark.parametrize("script", ["while (true) {}", "onload = () => { while (true) {} }"])
def test_a_script_without_end_is_ended_and_the_next_page_is_shown(site: Site, script: str) -> None:
    with running_renderer("127.0.0.1", caps=RenderCaps(timeout_seconds=3, settle_seconds=1)) as renderer:
        began = time.monotonic()
        assert reason(renderer, page(site, script)) is FailureReason.TIMEOUT
        assert time.monotonic() - began < 12

        assert "bread" in shown(renderer, page(site, "document.body.append('bread')"))


def test_a_page_that_never_rests_is_taken_as_it_is(renderer: BrowserRenderer, site: Site) -> None:
    site.on("/poll", Reply(b"x"))

    html = shown(renderer, page(site, "document.body.append('bread'); setInterval(() => fetch('/poll'), 100)"))

    assert "bread" in html


@pytest.mark.parametrize("caps", [RenderCaps(max_requests=3), RenderCaps(max_bytes=3_500)])
def test_a_page_gets_its_share_and_no_more(site: Site, caps: RenderCaps) -> None:
    script = (
        "(async () => { for (let n = 0; n < 9; n++) await fetch('/data?' + n).then(r => r.text()).catch(() => 0) })()"
    )
    site.on("/data", Reply(b"x" * 1_000))

    with running_renderer("127.0.0.1", caps=caps) as renderer:
        shown(renderer, page(site, script))

    assert site.count("/data") in {3, 4}  # the fourth answer is refused for its size


def test_a_page_that_grows_too_large_fails(site: Site) -> None:
    with running_renderer("127.0.0.1", caps=RenderCaps(max_bytes=10_000)) as renderer:
        assert reason(renderer, page(site, "document.body.append('x'.repeat(20000))")) is FailureReason.TOO_LARGE


def test_robots_txt_holds_for_the_page(renderer: BrowserRenderer) -> None:
    with running_site() as site:
        site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /", content_type="text/plain"))

        assert reason(renderer, page(site, "")) is FailureReason.ROBOTS_DISALLOWED


def test_threads_share_the_browser(renderer: BrowserRenderer, site: Site) -> None:
    urls = [site.on(f"/{n}", Reply(b"<script>document.write(location.pathname)</script>")) for n in range(6)]

    with ThreadPoolExecutor(6) as threads:
        pages = list(threads.map(lambda url: shown(renderer, url), urls))

    assert [f"/{n}" in html for n, html in enumerate(pages)] == [True] * 6


def test_pages_share_no_memory(renderer: BrowserRenderer, site: Site) -> None:
    script = (
        "document.body.append('before: ' + localStorage.x + document.cookie); localStorage.x = document.cookie = 'x'"
    )
    url = page(site, script)

    assert "before: undefined<" in shown(renderer, url)
    assert "before: undefined<" in shown(renderer, url)


def test_after_the_end_a_page_starts_the_browser_anew(site: Site) -> None:
    with running_renderer("127.0.0.1") as renderer:
        renderer.close()
        assert "bread" in shown(renderer, page(site, "document.body.append('bread')"))
        renderer.close()
        renderer.close()
        assert "bread" in shown(renderer, page(site, "document.body.append('bread')"))


@pytest.mark.parametrize("asked_for", ["/", "/begun"], ids=["while it starts", "while a script runs"])
def test_the_end_does_not_wait_for_a_page(site: Site, asked_for: str) -> None:
    site.on("/begun", Reply(b"x"))
    others = set(psutil.Process().children(recursive=True))
    with running_renderer("127.0.0.1") as renderer, ThreadPoolExecutor(1) as threads:
        failure = threads.submit(reason, renderer, page(site, "fetch('/begun').then(() => { while (true) {} })"))
        while not (site.count(asked_for) or failure.done()):
            time.sleep(0.01)
        renderer.close()

        assert failure.result(timeout=20) is FailureReason.RENDER_FAILED
    _, alive = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - others, timeout=20)
    assert alive == []


def test_a_browser_that_does_not_start_is_told(tmp_path: Path) -> None:
    pages = PagesInMemory()
    url = pages.page("/", b"<p>bread</p>")
    client = HttpClient(AddressGuard(), user_agent="test", read_timeout_seconds=5)

    with closing(client), closing(BrowserRenderer(pages, client, executable=tmp_path / "none")) as renderer:
        assert reason(renderer, url) is FailureReason.RENDER_FAILED


def test_a_missing_library_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("browser_requests", "chromium"):
        monkeypatch.delitem(sys.modules, f"llm_engineering.infrastructure.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    client = HttpClient(AddressGuard(), user_agent="test", read_timeout_seconds=5)

    with closing(client), pytest.raises(BrowserMissingError, match=r"pip install 'llm-twin\[browser\]'") as caught:
        BrowserRenderer(PagesInMemory(), client).render("https://ada.dev/")

    assert caught.value.reason is FailureReason.EXTRA_MISSING


def test_a_missing_browser_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BrowserMissingError, match="apt-get install chromium") as caught:
        installed_browser()

    assert caught.value.reason is FailureReason.EXTRA_MISSING
