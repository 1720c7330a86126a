"""Configuration: the file, the environment, and what is wrong with either."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from flows.errors import NotSetUp
from flows.home import Home
from flows.settings import load_settings


def written(root: Path, text: str) -> Home:
    home = Home(root)
    home.prepare()
    home.config.write_text(text, encoding="utf-8")
    return home


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = written(tmp_path, 'time_zone = "Europe/Berlin"\n[mail]\nhost = "smtp.example.org"\n')
    monkeypatch.setenv("PACEWRIGHT_MAIL__PASSWORD", "hunter2")
    monkeypatch.setenv("PACEWRIGHT_TIME_ZONE", "Europe/Paris")

    settings = load_settings(home)

    assert (settings.time_zone, settings.mail.host) == ("Europe/Paris", "smtp.example.org")
    assert settings.mail.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("time_zone = ", "not valid TOML"),
        ('time_zone = "Berlin"', "no time zone"),
        ('colour = "blue"', "colour"),
        ('[mail]\nhots = "x"', "hots"),
        ("[mail]\nsecurity = 'maybe'", "security"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, fact: str) -> None:
    with pytest.raises(NotSetUp, match=fact):
        load_settings(written(tmp_path, text))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    home = written(tmp_path, "")
    home.config.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(NotSetUp, match="cannot be read"):
        load_settings(home)


def test_the_home_is_its_owners_alone(tmp_path: Path) -> None:
    root = tmp_path / "home"
    root.mkdir(mode=0o755)

    Home(root).prepare()

    assert root.stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_is_named_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")

    with pytest.raises(NotSetUp, match="PACEWRIGHT_HOME"):
        Home(file).prepare()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PACEWRIGHT_STRAVA", "{hunter2"), ("PACEWRIGHT_STRAVA", '{"client_secret": {"is": "hunter2"}}')],
)
def test_a_wrong_secret_shows_in_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(NotSetUp, match="wrong setting") as caught:
        load_settings(written(tmp_path, ""))

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
