"""What a ledger says a vendor has, and how that differs from what the vendor says itself."""

from __future__ import annotations

from typing import Any

import orjson

from connectors import landing
from connectors.landing import Store

View = dict[tuple[str, str], dict[str, Any]]

_CURRENT = """
    select entity, source_key, payload::text
    from raw.payloads
    where source = ?
    qualify row_number() over (partition by entity, source_key order by version desc) = 1 and not is_deleted
"""


def view(store: Store, source: str) -> View:
    """What stands now, in the terms of the servers' `truth`: without recordings and what is volatile."""
    return {
        (entity, key): stable(source, entity, payload)
        for (entity, key), payload in _current(store, source).items()
        if entity != "recording"
    }


def recordings(store: Store, source: str) -> dict[str, dict[str, Any]]:
    """The recordings that stand, by hash."""
    return {key: payload for (entity, key), payload in _current(store, source).items() if entity == "recording"}


def stable(source: str, entity: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload without what changes by itself."""
    volatile = landing.VOLATILE_FIELDS.get((source, entity), frozenset())
    return {name: value for name, value in payload.items() if name not in volatile}


def differences(store: Store, source: str, truth: View, secrets: set[str]) -> list[str]:
    """How the ledger's current view differs from the vendor's, and anything in it that must not be."""
    found = _broken_versions(store, source)
    expected = {key: stable(source, key[0], payload) for key, payload in truth.items()}
    told = view(store, source)
    lost, kept = expected.keys() - told.keys(), told.keys() - expected.keys()
    wrong = [key for key in expected.keys() & told.keys() if expected[key] != told[key]]
    found += [f"{len(lost)} lost, such as {min(lost)}"] if lost else []
    found += [f"{len(kept)} not marked as deleted, such as {min(kept)}"] if kept else []
    found += [f"{len(wrong)} out of date, such as {min(wrong)}"] if wrong else []
    linked = {payload["file_sha256"] for payload in expected.values() if payload.get("file_sha256")}
    standing = recordings(store, source).keys()
    found += [f"{len(linked - standing)} recordings missing"] if linked - standing else []
    found += [f"{len(standing - linked)} recordings of nothing"] if standing - linked else []
    with store.open_ledger() as con:
        rows = con.execute("select file_sha256, stream_file from raw.streams").fetchall()
        said = [con.execute(f"select * from raw.{table}").fetchall() for table in ("payloads", "syncs", "cursors")]
    sampled = {sha256 for sha256, stream_file in rows if (store.streams_dir / stream_file).exists()}
    found += [f"{len(linked - sampled)} recordings without samples"] if linked - sampled else []
    found += ["a secret is in the ledger"] if any(secret in str(said) for secret in secrets) else []
    return found


def _broken_versions(store: Store, source: str) -> list[str]:
    """Versions count from 1 without a gap, and each says something that the one before does not."""
    with store.open_ledger() as con:
        rows = con.execute(
            """
            select entity, source_key, version
            from raw.payloads
            where source = ?
            window history as (partition by entity, source_key order by version)
            qualify version <> row_number() over history or payload_sha256 = lag(payload_sha256) over history
            """,
            [source],
        ).fetchall()
    return [f"{entity} {key} version {version} repeats or skips" for entity, key, version in rows]


def _current(store: Store, source: str) -> View:
    with store.open_ledger() as con:
        rows = con.execute(_CURRENT, [source]).fetchall()
    return {(entity, key): orjson.loads(payload) for entity, key, payload in rows}
