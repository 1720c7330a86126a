"""Configuration: `config.toml` in the data home, overridden by PACEWRIGHT_… environment variables."""

from __future__ import annotations

import tomllib
from datetime import time
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from flows.errors import NotSetUp
from flows.home import Home


class MailSettings(BaseModel):
    """Where mail goes. Without a host nothing leaves the machine: reports are written to `outbox/` only."""

    model_config = ConfigDict(extra="forbid")

    host: str = ""
    port: int = 587
    security: str = Field(default="starttls", pattern="^(starttls|tls|none)$")
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = "Pacewright <pacewright@localhost>"
    recipient: str = "runner@localhost"


class StravaSettings(BaseModel):
    """The Strava API, used only once `pacewright connect strava` was agreed to."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    redirect_uri: str = "http://127.0.0.1:8788/callback"
    base_url: str = "https://www.strava.com/api/v3"
    oauth_url: str = "https://www.strava.com/oauth"
    retention_days: int | None = Field(default=None, ge=1)
    locations: bool = False


class WhoopSettings(BaseModel):
    """The WHOOP API. WHOOP wants a redirect address with https: nothing answers there, the address is pasted."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    redirect_uri: str = "https://localhost:8787/callback"
    base_url: str = "https://api.prod.whoop.com/developer"
    oauth_url: str = "https://api.prod.whoop.com/oauth/oauth2"


class GarminSettings(BaseModel):
    """Garmin's Personal API."""

    model_config = ConfigDict(extra="forbid")

    key: SecretStr = SecretStr("")
    base_url: str = "https://personal.connectapi.garmin.com"


class Settings(BaseSettings):
    """What the owner configured; every field has a default that keeps everything on this machine."""

    model_config = SettingsConfigDict(env_prefix="PACEWRIGHT_", env_nested_delimiter="__", extra="forbid")

    athlete_id: str = "me"
    time_zone: str = "UTC"
    cutoff: time = time(9, 0)
    processes: int = Field(default=2, ge=1, le=64)
    token_store: str = Field(default="file", pattern="^(file|keyring)$")
    mail: MailSettings = MailSettings()
    strava: StravaSettings = StravaSettings()
    whoop: WhoopSettings = WhoopSettings()
    garmin: GarminSettings = GarminSettings()

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; use a name such as Europe/Berlin")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file's values, which arrive as arguments; a dotenv file is never read."""
        return env_settings, init_settings


def load_settings(home: Home) -> Settings:
    """Settings of one home. Raises NotSetUp with the offending line when the file cannot be understood."""
    try:
        written = tomllib.loads(home.config.read_text(encoding="utf-8")) if home.config.exists() else {}
        return Settings(**written)
    except (OSError, UnicodeDecodeError) as error:
        raise NotSetUp(
            f"{home.config} cannot be read ({type(error).__name__}). Save it as a text file in UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise NotSetUp(f"{home.config} is not valid TOML: {error}. Correct that line and run this again.") from error
    except SettingsError as error:
        # pydantic's sentence names the variable's field, its cause holds the value.
        raise NotSetUp(f"The environment holds a wrong setting ({error}). Correct it.") from None
    except ValidationError as error:
        # Only places and messages, and `from None`: the values may be secrets.
        facts = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
        raise NotSetUp(f"{home.config} or the environment holds a wrong setting ({facts}). Correct it.") from None
