"""Promises about the dbt project that can be read off its files; the laws of its parsed manifest are in test_laws."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml  # type: ignore[import-untyped]  # comes with dbt; its types are a package of their own

from connectors.files.derive import HOLE_SPEED_SHARES
from dbt_project.functions import register
from tests.builders.warehouse import PROJECT

MODELS = PROJECT / "models"
SQL = {path.stem: path.read_text() for path in MODELS.rglob("*.sql")}
CONTRACT = {
    "activities": "athlete_id activity_id sport is_run is_trail is_treadmill started_at utc_offset_s local_started_at local_date "
    "title distance_m moving_s elapsed_s pace_s_per_km gap_s_per_km elevation_gain_m heart_rate_avg_bpm heart_rate_max_bpm "
    "cadence_spm power_avg_w energy_kcal perceived_exertion is_race training_load load_method efficiency_factor decoupling_pct "
    "zone1_s zone2_s zone3_s zone4_s zone5_s easy_s moderate_s hard_s run_type run_type_confidence run_type_rule device_name "
    "gear_name recording_count sources provenance faults ngp_s_per_km pace_load heart_rate_load effort_load banister_trimp "
    "edwards_trimp lucia_trimp session_rpe_load relative_effort intensity_method rep_count structure has_race_pace_work",
    "laps": "athlete_id activity_id lap_number started_at distance_m moving_s elapsed_s pace_s_per_km heart_rate_avg_bpm "
    "heart_rate_max_bpm elevation_gain_m cadence_spm power_avg_w intensity",
    "recordings": "athlete_id recording_id activity_id source started_at local_date distance_m moving_s device_name is_cover "
    "is_part merge_rank link_rule is_ignored faults",
    "best_efforts": "athlete_id activity_id local_date distance_m time_s race_fitness is_personal_best started_offset_s "
    "heart_rate_avg_bpm elevation_drop_m is_downhill is_whole_run",
    "source_freshness": "athlete_id source kind newest_at newest_local_date newest_landed_at age_days expected_every_days state",
}


def _described() -> dict[str, dict[str, Any]]:
    found = {}
    for path in MODELS.rglob("*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            found[model["name"]] = model
    return found


DESCRIBED = _described()


def test_nothing_is_told_to_anybody() -> None:
    assert yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["flags"]["send_anonymous_usage_stats"] is False


@pytest.mark.parametrize("mart", CONTRACT)
def test_the_columns_of_a_mart_stand_in_the_agreed_order(mart: str) -> None:
    assert [column["name"] for column in DESCRIBED[mart]["columns"]] == CONTRACT[mart].split()


def test_race_equations_answer_null_for_what_cannot_be() -> None:
    with duckdb.connect() as con:
        register(con)
        row = con.execute(
            "select race_fitness(5000, 1200), race_fitness(null, 1), race_fitness(5000, -1), race_time_s(0, 5000)"
        ).fetchone()

    assert row == (pytest.approx(49.806, abs=1e-3), None, None, None)


def test_no_model_is_larger_than_a_reader_can_hold() -> None:
    """The one long model measures samples once; every other step fits on a few screens."""
    long = {name for name, sql in SQL.items() if len(sql.splitlines()) > 320}

    assert long <= {"int_recordings_measured"}


def test_no_line_of_a_model_is_too_long() -> None:
    for path in (PROJECT / "models").rglob("*.sql"):
        long = [
            number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if len(line) > 120
        ]
        assert not long, f"{path.name}: lines {long}"


def test_paths_of_the_project_are_not_of_one_machine() -> None:
    for path in PROJECT.rglob("*"):
        if path.suffix in {".sql", ".yml", ".csv", ".py", ".md"}:
            text = path.read_text()
            assert str(Path.home()) not in text or Path.home() == Path("/root")
            assert "/tmp/" not in text


def test_the_reader_and_the_marts_agree_on_what_a_hole_is_worth() -> None:
    with (PROJECT / "seeds/constants.csv").open(newline="", encoding="utf-8") as file:
        constants = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}

    assert (constants["hole_speed_share_min"], constants["hole_speed_share_max"]) == HOLE_SPEED_SHARES
