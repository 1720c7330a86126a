"""Signing in to a vendor, once, and out again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from connectors import oauth
from connectors.errors import SyncEnded
from connectors.http import Clock
from connectors.tokens import Grant
from flows.errors import FlowError
from flows.home import Home
from flows.settings import Settings, StravaSettings, WhoopSettings
from flows.sources import TITLES, Name, tokens_of

if TYPE_CHECKING:
    from connectors.garmin.api_config import GarminConfig
    from connectors.strava.api_config import StravaConfig
    from connectors.whoop.api_config import WhoopConfig

STRAVA_TERMS = """\
Strava's API policy, in force since 1 June 2026, is strict, and you alone answer for keeping to it. In short:
  - What comes over the API may not be loaded into an AI model. Pacewright never gives it to one unless you turn that on.
  - It is not meant to be kept: at most seven days in a cache, no archive. `retention_days` under [strava] limits it.
  - It may not be combined with other sources' data or shown to anybody but you.
  - Places are not to be stored. Pacewright leaves them out unless you set `locations` under [strava].
  - When you stop, all of it is to be deleted within 30 days: `pacewright purge strava_api`.
  - The API needs a paid subscription of the app's owner.
Your own archive (Settings → My Account → Request archive) is free of all this and holds more. Import it instead if you can.
Read the policy before you agree: strava.com/legal/api_policy"""

WHOOP_TERMS = """\
WHOOP's API terms are reported to forbid permanent copies and passing data on. Read developer.whoop.com/api-terms-of-use.
Your own export (app → More → App Settings → Data Export) needs no agreement. Import it instead if you can."""

GARMIN_TERMS = """\
Garmin's Personal API is for your own, non-commercial use. Make a key at connect.garmin.com/app/settings/personalApiToken,
choose how long it shall live, and paste it here. It is shown there only once."""

Config = TypeVar("Config")
Config_contra = TypeVar("Config_contra", contravariant=True)

_BROWSER_S = 300.0
_KEY_DAYS = (30, 90, 180, 365)
_GARMIN_KEY_FILE = Path("~/.config/garmin/connect-personal-api-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whoever sits at the terminal: told things, asked things, and shown pages."""

    tell: Callable[[str], None]
    ask: Callable[[str], str]
    ask_secret: Callable[[str], str]
    agrees: Callable[[str], bool]
    show_page: Callable[[str], bool]


def connect(
    home: Home, settings: Settings, name: Name, person: Person, *, clock: Clock, is_pasted: bool = False
) -> Grant:
    """Sign in to a source and keep what it gave. Raises SyncEnded, SignInFailed or FlowError; then nothing changed."""
    tokens = tokens_of(home, settings)
    if name in _IN_A_BROWSER:
        grant = _with_browser(
            _IN_A_BROWSER[name](settings), tokens.read(name), name, person, clock, is_pasted=is_pasted
        )
    else:
        grant = _with_key(settings, person, clock)
    with tokens.locked(name):
        tokens.write(grant)
    return grant


def disconnect(home: Home, settings: Settings, name: Name, *, clock: Clock) -> str:
    """End our leave at the vendor and forget it here; says what became of both."""
    tokens = tokens_of(home, settings)
    with tokens.locked(name):
        grant = tokens.read(name)
        if grant is None:
            return f"{TITLES[name]} was not connected."
        said = f"{TITLES[name]}'s leave was ended there and forgotten here."
        try:
            if name in _IN_A_BROWSER:
                vendor = _IN_A_BROWSER[name](settings)
                vendor.auth.revoke(vendor.config, grant, clock=clock)
            else:
                said = "Garmin's key was forgotten here. Delete it at connect.garmin.com/app/settings/personalApiToken."
        except SyncEnded as error:
            said = f"{TITLES[name]}'s leave was forgotten here, but not ended there: {error.fact} End it on the vendor's page."
        tokens.forget(name)
    return f"{said} What it brought stays; `pacewright purge {name}_api` erases it."


def strava_config(settings: Settings) -> StravaConfig:
    from connectors.strava.api_config import StravaConfig

    ours = settings.strava
    return StravaConfig(
        base_url=ours.base_url,
        oauth_url=ours.oauth_url,
        keeps_locations=ours.locations,
        retention_days=ours.retention_days,
    )


def whoop_config(settings: Settings) -> WhoopConfig:
    from connectors.whoop.api_config import WhoopConfig

    return WhoopConfig(base_url=settings.whoop.base_url, oauth_url=settings.whoop.oauth_url)


def garmin_config(settings: Settings) -> GarminConfig:
    from connectors.garmin.api_config import GarminConfig

    return GarminConfig(base_url=settings.garmin.base_url)


class _Auth(Protocol[Config_contra]):
    """What a vendor's `api_auth` offers to whoever signs in through a browser."""

    def app(self, config: Config_contra, *, client_id: str, redirect_uri: str) -> oauth.App: ...

    def exchange(
        self,
        config: Config_contra,
        answer: oauth.Answer,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        clock: Clock,
    ) -> Grant: ...

    def revoke(self, config: Config_contra, grant: Grant, *, clock: Clock) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vendor(Generic[Config]):
    """A vendor that is signed in to through a browser, with an app of the runner's own."""

    auth: _Auth[Config]
    config: Config
    ours: StravaSettings | WhoopSettings
    terms: str
    apps_page: str


def _strava(settings: Settings) -> _Vendor[StravaConfig]:
    from connectors.strava import api_auth

    return _Vendor(
        auth=api_auth,
        config=strava_config(settings),
        ours=settings.strava,
        terms=STRAVA_TERMS,
        apps_page="strava.com/settings/api",
    )


def _whoop(settings: Settings) -> _Vendor[WhoopConfig]:
    from connectors.whoop import api_auth

    return _Vendor(
        auth=api_auth,
        config=whoop_config(settings),
        ours=settings.whoop,
        terms=WHOOP_TERMS,
        apps_page="developer-dashboard.whoop.com",
    )


_IN_A_BROWSER: Mapping[Name, Callable[[Settings], _Vendor[Any]]] = {"strava": _strava, "whoop": _whoop}


def _with_browser(
    vendor: _Vendor[Config], before: Grant | None, name: Name, person: Person, clock: Clock, *, is_pasted: bool
) -> Grant:
    person.tell(vendor.terms)
    if not person.agrees(f"Use the {TITLES[name]} API?"):
        raise FlowError("Nothing was changed.")
    client_id, client_secret = _app_of(vendor, before, name, person)
    redirect_uri = vendor.ours.redirect_uri
    app = vendor.auth.app(vendor.config, client_id=client_id, redirect_uri=redirect_uri)
    return vendor.auth.exchange(
        vendor.config,
        _answer(app, person, is_pasted=is_pasted),
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=redirect_uri,
        clock=clock,
    )


def _app_of(vendor: _Vendor[Any], before: Grant | None, name: Name, person: Person) -> tuple[str, str]:
    """The app's id and secret: configured, else as given last time, else asked for."""
    client_id = vendor.ours.client_id or (before.client_id if before else "")
    client_secret = vendor.ours.client_secret.get_secret_value() or (before.client_secret if before else "")
    if not client_id or not client_secret:
        person.tell(f"Register an app of your own at {vendor.apps_page}; it takes a minute.")
    client_id = client_id or person.ask("Client id").strip()
    client_secret = client_secret or person.ask_secret("Client secret").strip()
    if not client_id or not client_secret:
        raise FlowError(f"{TITLES[name]} needs the client id and the client secret of your app. Nothing was changed.")
    return client_id, client_secret


def _answer(app: oauth.App, person: Person, *, is_pasted: bool) -> oauth.Answer:
    """Send the person to the vendor's page and read the address that the browser comes back to."""
    state = oauth.new_state()
    url = oauth.address(app, state)
    if app.is_answered_here and not is_pasted:
        with oauth.listening(app, state) as caught:
            has_browser = person.show_page(url)
            person.tell(f"{'If no page opened, open' if has_browser else 'Open'} this address and agree:\n{url}")
            came_back = oauth.caught_within(caught, _BROWSER_S)
        if came_back is not None:
            return oauth.read_answer(came_back, app=app, state=state)
        person.tell("The browser did not come back to this machine.")
    else:
        person.show_page(url)
        person.tell(f"Open this address and agree:\n{url}")
        person.tell("The browser then shows a page that does not load. That is right: its address holds the answer.")
    return oauth.read_answer(person.ask_secret("Paste that whole address here"), app=app, state=state)


def _with_key(settings: Settings, person: Person, clock: Clock) -> Grant:
    from connectors.garmin import api_auth as garmin

    key = settings.garmin.key.get_secret_value() or os.environ.get("GARMIN_PERSONAL_API_KEY", "") or _key_on_file()
    if not key:
        person.tell(GARMIN_TERMS)
        key = person.ask_secret("Key").strip()
    if not key:
        raise FlowError("Garmin needs a key. Nothing was changed.")
    grant = garmin.sign_in(garmin_config(settings), key, clock=clock)
    if grant.key_ends_at is None:
        answer = person.ask(
            f"When does the key end? A date as 2027-05-20, or its life in days ({_DAYS_SAID}); blank if unknown"
        )
        grant = _ending(grant, answer.strip(), clock.now())
    return grant


_DAYS_SAID = ", ".join(map(str, _KEY_DAYS))


def _ending(grant: Grant, answer: str, now: datetime) -> Grant:
    from dataclasses import replace

    if not answer:
        return grant
    try:
        if answer.isdigit():
            return replace(grant, key_ends_at=now + timedelta(days=int(answer)))
        return replace(grant, key_ends_at=datetime.combine(date.fromisoformat(answer), time(), UTC))
    except (ValueError, OverflowError):
        raise FlowError(f"{answer!r} is neither a date nor a number of days. Nothing was changed.") from None


def _key_on_file() -> str:
    """The key where Garmin's own client keeps it, so that it need not be pasted twice."""
    try:
        return _GARMIN_KEY_FILE.expanduser().read_text(encoding="utf-8").strip()
    except OSError:
        return ""
