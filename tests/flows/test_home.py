"""A home is closed to everybody but its owner, whatever made it and whoever writes in it next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flows.athlete import open_home
from flows.home import Home
from flows.settings import load_settings


def test_what_an_older_version_left_readable_is_closed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    open_home(home, load_settings(home))
    page = home.site / "week" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("a page")
    for path in [home.ledger, page, page.parent, home.site, home.outbox]:
        path.chmod(0o755 if path.is_dir() else 0o644)

    home.prepare()

    assert [p for p in [home.root, *home.root.rglob("*")] if p.stat().st_mode & 0o077] == []


def test_what_a_process_and_its_children_write_after_opening_a_home_is_theirs_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()

    subprocess.run([sys.executable, "-c", f"open({str(home.work / 'x')!r}, 'w')"], check=True)

    assert (home.work / "x").stat().st_mode & 0o777 == 0o600
