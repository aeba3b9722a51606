"""Times pages in a real Chromium, from outside: until the first chart is painted, and until a choice is shown."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from measure import Samples
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright  # noqa: E402 - after the path

from tests.browser import chromium  # noqa: E402
from tests.support.browser_pages import settle  # noqa: E402
from tests.support.served_dashboard import served  # noqa: E402

CHOICES = 3
ROUNDS = 3
_STARTS = ("/?period=7d&currency=CNY", "/?period=7d&currency=USD")
_CHART = ".stPlotlyChart .bars path"


@contextmanager
def hello(port: int) -> Iterator[str]:
    """Serve the floor; give its address."""
    app = ROOT / "benchmarks" / "floors" / "hello.py"
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false"]
    command = [sys.executable, "-m", "streamlit", "run", app, "--server.port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=app.parent) as server:
        try:
            time.sleep(4)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def measured(data: Path, repeat: int) -> tuple[Samples, Samples, Samples, Samples]:
    """Seconds until the first chart (floor, ours), and until another period is shown that was not asked for before (floor, ours)."""
    first_floor, first_ours, change_floor, change_ours = Samples(), Samples(), Samples(), Samples()
    with hello(8599) as floor, served(data) as ours, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        for number in range(-1, repeat):
            for address, samples in ((floor, first_floor), (ours, first_ours)):
                seconds = _first_chart(browser, address)
                if number >= 0:
                    samples.seconds.append(seconds)
        for start in _STARTS:
            for address, samples in ((floor, change_floor), (ours, change_ours)):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(address + start)
                settle(page)
                samples.seconds += [_change(page) for _ in range(CHOICES)]
                page.close()
        browser.close()
    return first_floor, first_ours, change_floor, change_ours


def _first_chart(browser: Browser, address: str) -> float:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(_CHART, state="attached")
    seconds = time.perf_counter() - started
    page.close()
    return seconds


def _change(page: Page) -> float:
    """Choose the next period, and wait until every chart shows it."""
    heading = page.locator(".stMain").text_content()[:200]
    field = page.locator('[data-testid="stSelectbox"] input').first
    field.click()
    field.press("ArrowDown")
    started = time.perf_counter()
    field.press("Enter")
    page.wait_for_function("was => document.querySelector('.stMain').textContent.slice(0, 200) !== was", arg=heading, polling=20)
    settle(page)
    seconds = time.perf_counter() - started
    page.wait_for_timeout(500)
    return seconds


PAGES = ("", "hot", "keys", "tokens", "models", "what_if", "month", "data")


def pages(data: Path, key: str) -> Iterator[tuple[str, float, int]]:
    """Of each page, and of one opened key: its name, the seconds that the server worked on it (median), and the bytes that it sent.

    The server works from the browser's request for the page until its last message about it; a page is opened as nobody has before,
    on a server of its own each time.
    """
    rounds = [dict(_round(data, [*PAGES, f"keys?open={key}"])) for _ in range(ROUNDS)]
    for path in rounds[0]:
        yield path or "overview", median(one[path][0] for one in rounds), max(one[path][1] for one in rounds)


def _round(data: Path, paths: list[str]) -> Iterator[tuple[str, tuple[float, int]]]:
    with served(data) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        for path in paths:
            # What the first visit of a server loads is not the page's.
            _visit(browser, f"{address}/{path}&period=7d" if "?" in path else f"{address}/{path}?period=7d")
            yield path, _visit(browser, f"{address}/{path}")
        browser.close()


def _visit(browser: Browser, address: str) -> tuple[float, int]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    sent: list[float] = []
    received: list[tuple[float, bytes]] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda _: sent.append(time.perf_counter()))
        socket.on("framereceived", lambda content: received.append((time.perf_counter(), content)))

    page.on("websocket", listen)
    page.goto(address)
    settle(page)
    page.close()
    # What comes later is the look for a newer generation, every two seconds, which ends a run of its own.
    ended = max(place for place, (_, content) in enumerate(received) if _is_end(content))
    return received[ended][0] - sent[0], sum(len(content) for _, content in received[: ended + 1])


def _is_end(content: bytes) -> bool:
    message = ForwardMsg.FromString(content)
    return message.WhichOneof("type") == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
