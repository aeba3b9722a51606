"""The server of the dashboard without a browser: addresses, sign-in, options, and safe names."""

import subprocess
import sys
import tomllib

import pytest

from analytics import UsageError
from analytics.core.data_directory import DataDirectory
from analytics.dashboard import access, server
from analytics.dashboard.access import Role
from analytics.dashboard.charts.theme import BACKGROUND, GREYS, PALETTES, TEXT
from analytics.dashboard.i18n.safe_text import clean, markdown, mask, plotly
from tests.support.pages import SIGN_IN


@pytest.fixture
def directory(tmp_path):
    """An empty data directory."""
    return DataDirectory(tmp_path)


def test_nobody_else_can_reach_an_open_dashboard(tmp_path):
    """`--host` beyond this machine is refused with exit code 2 before anything listens."""
    command = [sys.executable, "-m", "analytics", "--data-dir", str(tmp_path), "dashboard", "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 2
    assert "[host-open]" in done.stderr
    assert "sign-in" in done.stderr


HOSTS = {"127.0.0.1": True, "localhost": True, "::1": True, "": False, "0.0.0.0": False, "::": False, "localhost.example.com": False}


@pytest.mark.parametrize(("host", "expected"), HOSTS.items())
def test_loopback_is_this_machine_alone(host, expected):
    """Only loopback addresses count as this machine; a name that merely begins like one does not."""
    assert access.is_loopback(host) is expected


def test_roles_need_verified_addresses(directory):
    """Editors may change, viewers may see, others neither; an address that is not verified has no role."""
    (directory.root / "sign-in.toml").write_text(SIGN_IN, encoding="utf-8")
    signing_in = access.sign_in(directory)

    assert signing_in.public_host == "keyspend.example.com"
    assert signing_in.role({"email": "finance@EXAMPLE.com"}) is Role.EDITOR
    assert signing_in.role({"email": "dev@example.com", "email_verified": True}) is Role.VIEWER
    assert signing_in.role({"email": "finance@example.com", "email_verified": False}) is None
    assert signing_in.role({"email": "finance@example.com@evil.test"}) is None
    assert signing_in.role({"email": "dev@notexample.com"}) is None
    assert signing_in.role({}) is None


def test_a_wrong_redirect_uri_is_refused(directory):
    """Streamlit has one path for the redirect of the provider; another is refused before a visitor is sent there."""
    (directory.root / "sign-in.toml").write_text(SIGN_IN.replace("/oauth2callback", "/oauth2/callback"), encoding="utf-8")

    with pytest.raises(UsageError, match="does not end with /oauth2callback"):
        access.sign_in(directory)


@pytest.mark.parametrize("part", ["cookie_secret", "server_metadata_url", "editors"])
def test_half_a_sign_in_lets_nobody_in(directory, part):
    """A sign-in that lacks a part is refused by the name of that part, and repeats no secret."""
    text = "\n".join(line for line in SIGN_IN.splitlines() if not line.startswith((part, "viewers") if part == "editors" else part))
    (directory.root / "sign-in.toml").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        access.sign_in(directory)
    assert caught.value.code == "sign-in"
    assert "another" not in caught.value.message


def test_a_taken_port_is_refused(directory):
    """A port in use is refused with its code, and the hint has another one."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError) as caught:
            server.serve(directory, "127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "port"


def test_the_options_are_safe():
    """Whatever else is configured on a machine, these options are given to Streamlit by name, and each is one that it has."""
    from streamlit import config

    options = server.settings("127.0.0.1", 8501)

    assert options["server.enableXsrfProtection"] is True
    assert options["server.allowedHosts"] == ["127.0.0.1", "localhost", "[::1]"]
    assert options["browser.gatherUsageStats"] is False
    assert options["client.disableDataExport"] is True
    assert options["client.showErrorDetails"] == "none"
    assert options["client.allowedOrigins"] == []
    assert set(options) <= set(config._config_options_template)


def test_themes_and_figures_have_the_same_colours():
    """The themes in config.toml are the palettes of the charts, padded to the ten that Streamlit needs."""
    themes = tomllib.loads((server.home() / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    for name in ("light", "dark"):
        assert themes[name]["chartCategoricalColors"] == [*PALETTES[name], *[GREYS[name][0]] * 3]
        assert themes[name]["backgroundColor"] == BACKGROUND[name]
        assert themes[name]["textColor"] == TEXT[name]


def test_names_are_made_safe():
    """Control and direction characters are removed, names are shortened, and the markup of each sink is escaped."""
    assert clean("a\u202eb\n c\u200b") == "a b c"
    assert clean(None or "") == "–"
    assert len(clean("long " * 60)) == 80
    assert markdown("**b** :red[x] $x$") == r"\*\*b\*\* \:red\[x\] \$x\$"
    assert "https://" not in markdown("https://example.org")
    assert plotly("<b>&</b>") == "&lt;b&gt;&amp;&lt;/b&gt;"
    assert mask("sk-83fa0***********************5d21") == "sk-83fa0…5d21"
