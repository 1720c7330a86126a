"""The site in a real browser, at phone and desk width: nothing overflows, nothing fails, nothing is fetched from elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from reports.site import write_site
from reports.view import SiteView

pytestmark = pytest.mark.slow

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(site: SiteView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "site"
    write_site(site, folder=folder)
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = Options()
    options.binary_location = program
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    opened.get("about:blank")  # the page that a browser opens with goes on loading, and would be taken for one of ours
    yield opened
    opened.quit()


def show(browser: webdriver.Chrome, path: Path, *, width: int, scheme: str = "light") -> None:
    # A headless window is never narrower than 500 pixels; the emulated screen is.
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(path.as_uri())


def requested(browser: webdriver.Chrome) -> set[str]:
    entries: list[Any] = browser.get_log("performance")  # type: ignore[no-untyped-call]  # selenium leaves it untyped
    messages = [json.loads(entry["message"])["message"] for entry in entries]
    return {
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    }


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_and_is_quiet(browser: webdriver.Chrome, folder: Path, width: int) -> None:
    requested(browser)  # what the browser itself fetched when it opened
    for path in sorted(folder.glob("*.html")):
        show(browser, path, width=width)

        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, path.name
        assert browser.get_log("browser") == [], path.name  # type: ignore[no-untyped-call]  # as above
        assert not browser.find_elements(By.CSS_SELECTOR, "img:not([alt])"), path.name
    assert {url.split(":")[0] for url in requested(browser)} <= {"file", "data"}


def test_every_link_opens_a_page(browser: webdriver.Chrome, folder: Path) -> None:
    show(browser, folder / "index.html", width=1280)
    links = [link.get_attribute("href") or "" for link in browser.find_elements(By.CSS_SELECTOR, "nav a")]
    assert {Path(link).name for link in links} >= {"index.html", "week.html", "plan.html", "trends.html", "data.html"}

    for link in links:
        browser.get(link)

        assert browser.find_element(By.TAG_NAME, "h1").text, link
        assert browser.find_element(By.CSS_SELECTOR, "nav [aria-current=page]").is_displayed(), link


def test_the_first_tab_stop_skips_to_the_content(browser: webdriver.Chrome, folder: Path) -> None:
    show(browser, folder / "week.html", width=390)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = browser.switch_to.active_element

    assert skip.text == "Skip to the content"

    skip.send_keys(Keys.ENTER)

    assert browser.switch_to.active_element.get_attribute("id") == "content"


def test_the_dark_scheme_is_dark(browser: webdriver.Chrome, folder: Path) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        show(browser, folder / "trends.html", width=390, scheme=scheme)
        grounds.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))

    assert grounds == ["rgb(251, 249, 245)", "rgb(18, 24, 27)"]
