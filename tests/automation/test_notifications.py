"""Notices, sent for real over SMTP and HTTP to servers on this machine: once per event, at least once, and never a secret."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from analytics import Keyspend
from analytics.automation.notifications import log
from analytics.automation.notifications.event import Detail, Notification, lines
from analytics.core.money import readable
from analytics.settings.problems import SettingsError
from tests.conftest import NOW, SAMPLES
from tests.support import exports_for
from tests.support.running import DAILY, ENVIRONMENT, INBOX, MORNING, House, unreconciled, written

DAY = timedelta(days=1)
SECRET = "s3cr3t-w0rd"
KEY = re.compile(r"sk-[0-9a-z]|025a0325-a844")


class Receiver:
    """An HTTP server that keeps what it is sent; `status` is what it answers, `killing` a process that it kills before it does."""

    def __init__(self):
        self.bodies, self.status, self.killing = [], 200, None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if receiver.killing:
                    os.kill(receiver.killing, signal.SIGKILL)
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/hook?+X-Token={SECRET}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver():
    """A webhook on this machine."""
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def mail():
    """A mail server on this machine: its address for Apprise, and the mails it took."""

    mails = []

    class Box(Message):
        def handle_message(self, message):
            mails.append(message)

    class AnyPort(Controller):
        def _trigger_server(self):
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    controller = AnyPort(Box(), hostname="127.0.0.1", port=0)
    controller.start()
    yield f"mailto://127.0.0.1:{controller.port}?from=keyspend@example.com&to=finance@example.com&mode=insecure", mails
    controller.stop()


@pytest.fixture
def house(tmp_path):
    """An inbox with a file that is refused."""
    house = House(tmp_path, INBOX)
    (house.inbox / "broken.zip").write_bytes(b"PK nothing")
    written(house.inbox / "broken.zip", 1)
    return house


def notices(*urls, detail="days"):
    """Settings that send notices to these addresses."""
    return INBOX + f"[notices]\nurls = {json.dumps(urls)}\ndetail = {json.dumps(detail)}\n"


def test_mail_and_webhook_are_notified_once(house, mail, receiver):
    """Both get one message about the refused file, of its name and the reason; later runs send nothing."""
    address, mails = mail
    house.configure(notices(address, receiver.url))

    first = house.run()
    for _ in range(3):
        house.run()

    assert first.failures == []
    assert [message["subject"] for message in mails] == ["Keyspend: files of an inbox that were refused"]
    assert mails[0]["to"] == "finance@example.com"
    assert "broken.zip" in mails[0].as_string()
    ((body),) = receiver.bodies
    assert body["title"] == "Keyspend: files of an inbox that were refused"
    assert re.fullmatch(r"files of an inbox that were refused: 1\n  broken\.zip: .* \[[a-z-]+\]", body["message"])


def test_what_was_not_delivered_is_sent_by_the_next_run_and_to_nobody_twice(house, mail, receiver):
    """A webhook that fails loses nothing: it gets both events when it works again, and the mail each of them once."""
    address, mails = mail
    receiver.status = 500
    house.configure(notices(address, receiver.url))
    first = house.run()
    assert [(subject, error.code) for subject, error in first.failures] == [("notices", "notice-undelivered")]
    assert first.exit_code == 1
    (house.inbox / "other.zip").write_bytes(b"PK something else")
    written(house.inbox / "other.zip", 1)
    house.run()
    receiver.bodies.clear()
    receiver.status = 200

    assert house.run().failures == []

    assert [body["message"].splitlines()[0] for body in receiver.bodies] == ["files of an inbox that were refused: 2"]
    assert len(mails) == 2
    house.run()
    assert (len(receiver.bodies), len(mails)) == (1, 2)


def test_a_kill_after_sending_sends_once_more_and_never_loses(house, receiver):
    """Killed while the receiver has the message and nobody has noted that, the next run sends it again, and none after it."""
    house.configure(notices(receiver.url))
    code = f"import sys, datetime; from analytics import Keyspend; Keyspend(sys.argv[1], clock=lambda: {MORNING!r}).run()"
    child = subprocess.Popen([sys.executable, "-c", code, str(house.data)], env=ENVIRONMENT)
    receiver.killing = child.pid
    assert child.wait(timeout=60) == -signal.SIGKILL
    assert len(receiver.bodies) == 1
    receiver.killing = None

    house.run()
    house.run()

    has_refusal = ["files of an inbox that were refused: 1" in body["message"] for body in receiver.bodies]
    assert has_refusal == [True, True]
    assert "did not come to its end" in receiver.bodies[1]["message"]


def test_a_day_that_ends_missing_and_is_missing_again_is_news_again(house):
    """A missing day is told once while it is missing; once it is there and goes away again, it is told again."""
    house.configure(INBOX)
    (house.inbox / "broken.zip").unlink()
    house.export(0, now=MORNING + 9 * DAY)
    house.export(2, now=MORNING + 9 * DAY)
    now = MORNING + 10 * DAY
    missing = [("missing-days", "2025-01-04")]
    assert [(event.kind, event.day) for event in house.run(now).news] == missing
    assert house.run(now).news == []
    house.export(1, now=now)
    assert house.run(now).news == []
    house.at(now).undo(3)
    assert [(event.kind, event.day) for event in house.run(now).news] == missing


def test_a_budget_is_notified_once_per_threshold(house):
    """A run that sees a budget cross a threshold exits with 6 and says which, of how much; the next threshold is news of its own."""
    (house.inbox / "broken.zip").unlink()
    budget = '[[budget]]\nname = "all"\namount = {}\ncurrency = "USD"\nthresholds = [0.5, 1.0]\n[notices]\ndetail = "days"\n'
    used = sum(sum(house.export(0).spend(day).values()) for day in exports_for.export(house.folder, 0).quantities)
    outcomes = []
    for amount in (used * 3, used, used, used * Decimal("1.5")):
        house.configure(INBOX + budget.format(f"{amount:f}"))
        outcome = house.run()
        outcomes.append((int(outcome.exit_code), [event.reason.partition(" of ")[0] for event in outcome.news]))

    assert outcomes == [(0, []), (6, ["at least 1"]), (0, []), (6, ["at least 0.5"])]
    log_ = (house.data / "notices.log").read_text()
    assert f"budgets that crossed a threshold: 1; all; {readable(used)} USD\n" in log_
    assert f"  at least 1 of {readable(used)} USD for 2025-01 was used by 2025-01-03\n" in log_


def test_a_hot_key_is_notified_once_and_without_its_name(house, receiver):
    """The alerts of the last month of evidence that are sure enough are told, with their money and why; not again, and of no key."""
    (house.inbox / "broken.zip").unlink()
    house.configure(notices(receiver.url) + '[hot_keys]\nnotify = "high"\n')
    shutil.copytree(SAMPLES / "main-account", house.inbox / "samples")
    for path in house.inbox.rglob("*.zip"):
        written(path, 1)
    house.run(NOW)
    news = [event for event in house.run(NOW).news if event.kind == "hot-key"]
    spike = next(row for row in house.at(NOW).report("hot-keys", month="2026-09").records() if row["kind"] == "spike")

    ((body),) = receiver.bodies
    assert news == []
    assert f"keys that need attention: 2; {spike['account']}; " in body["message"]
    assert f"  {spike['explanation']}\n" in body["message"]
    kept = "".join((house.data / name).read_text() for name in ("notices.log", "notices.json"))
    assert not any(secret in text for text in (body["message"], kept) for secret in (spike["api_key_name"], "sk-", "025a0325"))

    house.configure(notices(receiver.url) + '[hot_keys]\nnotify = "none"\n')
    assert house.run(NOW).news == []


def test_the_log_has_every_notification_and_is_private(house):
    """Without any address the log has what happened; it is rotated, and no file of it can be read by others."""
    umask = os.umask(0)
    try:
        house.run()
        path = house.data / "notices.log"
        assert re.fullmatch(r"2025-01-04T12:00:00Z files of an inbox that were refused: 1\n", path.read_text())
        for number in range(2100):
            log.write(path, MORNING, [f"{number} " + "x" * 1000])
    finally:
        os.umask(umask)
    logs = sorted(house.data.glob("notices.log*"))
    assert [file.name for file in logs] == ["notices.log", "notices.log.1", "notices.log.2"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in [*logs, house.data / "notices.json", house.data / "schedules.json"]} == {0o600}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("none", "days that do not reconcile: 1"),
        ("totals", "days that do not reconcile: 1; acct-ce1b5b1a1b; 0.50 USD"),
        ("days", "days that do not reconcile: 1; acct-ce1b5b1a1b; 0.50 USD; 2025-01-01"),
    ],
)
def test_a_notification_has_the_configured_detail_and_never_a_key(house, receiver, detail, expected):
    """Account labels, totals and days as configured; no key, user id or secret in the messages, the log or the state."""
    house.configure(notices(receiver.url, detail=detail))
    (house.inbox / "broken.zip").unlink()
    made = house.export(0)
    (house.inbox / made.path.name).unlink()
    house.arrive(unreconciled(made.path))

    house.run()

    ((body),) = receiver.bodies
    account = house.at(MORNING).report("spend-by-key").values("account")[0]
    assert body["message"] == expected.replace("acct-ce1b5b1a1b", account)
    for text in (
        json.dumps(body["message"]),
        *((house.data / name).read_text() for name in ("notices.log", "notices.json", "schedules.json")),
    ):
        assert not KEY.search(text)
        assert SECRET not in text


def test_no_secret_of_an_address_is_printed(house, tmp_path):
    """Addresses come from the environment too; neither a failure nor a check nor a mistake in them shows a word of them."""
    environment = {**ENVIRONMENT, "HOOK": f"user:{SECRET}@127.0.0.1:9", "MORE": f"nonsense://{SECRET} json://127.0.0.1:9/{SECRET}"}
    addresses = notices("json://${HOOK}/x") + 'url_env = "MORE"\n'
    for settings, words in (
        (addresses, ["run", "--json"]),
        (addresses, ["config", "check"]),
        (addresses.replace('url_env = "MORE"', ""), ["run"]),
        (notices(f"json://$x{SECRET}", "${MISSING}"), ["run"]),
        (notices(f"json://$x{SECRET}", "${MISSING}"), ["config", "check"]),
    ):
        house.configure(settings)
        command = [sys.executable, "-m", "analytics", "--data-dir", str(house.data), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        kept = "".join((house.data / name).read_text() for name in ("notices.log", "notices.json", "schedules.json"))
        assert SECRET not in done.stdout + done.stderr + kept
        assert "Traceback" not in done.stderr
    assert "line" in done.stderr
    assert "MISSING" in done.stderr


def test_apprise_is_required_only_for_addresses(house):
    """Runs without addresses do not load it."""
    code = "import sys; from analytics import Keyspend; Keyspend(sys.argv[1]).run(); print({'apprise', 'requests'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, str(house.data)], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


def test_an_event_waits_for_an_address_that_can_be_read(house, receiver):
    """While an address is none that Apprise knows the run says so; the event is sent once the address is right."""
    house.configure(notices("nonsense://here"))
    ((_, error),) = house.run().failures
    assert (error.code, error.message) == ("notice-address", "address 1 of the notices is none that Apprise knows")
    house.configure(notices(receiver.url))
    house.run()
    assert len(receiver.bodies) == 1


def test_sums_are_exact_and_per_currency():
    """Amounts of a message are added up exactly, and two currencies never."""
    events = [
        Notification("unreconciled-days", "acct-1", str(number), f"2026-06-0{number}", ((currency, amount),))
        for number, currency, amount in [(1, "USD", "0.1"), (2, "USD", "0.000000000000000002"), (3, "CNY", "0.2")]
    ]
    assert lines(events, Detail.DAYS) == [
        "days that do not reconcile: 3; acct-1; 0.20 CNY, 0.100000000000000002 USD; 2026-06-01 to 2026-06-03"
    ]


def test_state_that_is_damaged_is_named(house):
    """A file of state that was changed is refused by its name, with what to do; a settings file of the wrong kind by its line."""
    house.run()
    (house.data / "notices.json").write_text("{}")
    with pytest.raises(Exception, match=r"notices\.json is not what was written"):
        house.run()
    (house.data / "notices.json").unlink()
    (house.data / "schedules.json").write_text("[")
    with pytest.raises(Exception, match=r"schedules\.json is not what was written"):
        house.run()
    house.configure(DAILY.replace("../out", "../out") + "[notices]\ndetail = 'all'\n")
    with pytest.raises(SettingsError, match="line 9"):
        Keyspend(house.data).run()
