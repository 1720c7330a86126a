"""The dbt project keeps its laws, and every law names what is planted against it."""

from __future__ import annotations

import copy
import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders.manifests import parse
from tests.builders.warehouse import PROJECT
from tests.dbt.laws import SHAPE, Law, Violation
from tests.dbt.laws_columns import PROMISES
from tests.dbt.laws_proofs import PROOFS, constants_are_used_and_known

pytestmark = pytest.mark.slow

Manifest = dict[str, Any]
# Models whose unit test is still to be written; the list only ever gets shorter.
UNPROVEN = {"best_efforts"}
LAWS = {law.__name__: law for law in (*SHAPE, *PROMISES, *PROOFS)}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return parse(tmp_path_factory.mktemp("manifest"))


@pytest.fixture(scope="module")
def constants() -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "constants.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_project_keeps_the_law(manifest: Manifest, law: Law) -> None:
    waiting = UNPROVEN if law.__name__ == "logic_has_unit_tests" else set()

    assert [str(violation) for violation in law(manifest) if violation.model not in waiting] == []


def test_every_constant_is_used_and_has_a_source(manifest: Manifest, constants: list[dict[str, str]]) -> None:
    assert [str(violation) for violation in constants_are_used_and_known(manifest, constants)] == []


def node(manifest: Manifest, name: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest["nodes"][f"model.pacewright.{name}"]
    return found


def column(manifest: Manifest, model: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = node(manifest, model)["columns"][name]
    return found


def reads(manifest: Manifest, reader: str, parent: str) -> None:
    node(manifest, reader)["depends_on"]["nodes"].append(parent)


def write(manifest: Manifest, name: str, more: str) -> None:
    node(manifest, name)["raw_code"] += more


def rename(manifest: Manifest, name: str, new: str) -> None:
    node(manifest, name)["name"] = new


def change(found: dict[str, Any], **values: Any) -> None:
    found.update(values)


def without_unit_tests(manifest: Manifest, model: str) -> None:
    manifest["unit_tests"] = {key: test for key, test in manifest["unit_tests"].items() if test["model"] != model}


def without_key_test(manifest: Manifest, model: str) -> None:
    mine = {
        key
        for key, test in manifest["nodes"].items()
        if test.get("attached_node") == f"model.pacewright.{model}" and test["test_metadata"]["name"] == "one_row_per"
    }
    for key in mine:
        del manifest["nodes"][key]


def source(manifest: Manifest, name: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest["sources"][f"source.pacewright.{name}"]
    return found


def exposure(manifest: Manifest, name: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest["exposures"][f"exposure.pacewright.{name}"]
    return found


def nobody_reads(manifest: Manifest, mart: str) -> None:
    for each in manifest["exposures"].values():
        each["depends_on"]["nodes"] = [one for one in each["depends_on"]["nodes"] if one != f"model.pacewright.{mart}"]


Plant = Callable[[Manifest], None]
PAYLOADS = "source.pacewright.ledger_raw.payloads"
PLANTED: tuple[tuple[str, Plant, str, str], ...] = (
    (
        "layers_are_kept",
        lambda m: reads(m, "stg_files__laps", "model.pacewright.activities"),
        "stg_files__laps",
        "staging and reads marts activities",
    ),
    (
        "layers_are_kept",
        lambda m: reads(m, "int_nights_merged", PAYLOADS),
        "int_nights_merged",
        "intermediate and reads source payloads",
    ),
    ("layers_are_kept", lambda m: reads(m, "laps", PAYLOADS), "laps", "marts and reads source payloads"),
    (
        "layers_are_kept",
        lambda m: reads(m, "laps", "model.pacewright.athlete_weeks"),
        "laps",
        "reads the mart athlete_weeks without a reason",
    ),
    (
        "layers_are_kept",
        lambda m: change(node(m, "laps")["config"], meta={"reads_marts": {"athlete_days": "Once it did."}}),
        "laps",
        "reason to read the mart athlete_days, which it does not",
    ),
    (
        "names_tell_the_layer",
        lambda m: rename(m, "stg_files__laps", "stg_laps"),
        "stg_laps",
        "no name for a model of staging",
    ),
    (
        "names_tell_the_layer",
        lambda m: rename(m, "int_nights_merged", "int_night_merge"),
        "int_night_merge",
        "no name for a model of intermediate",
    ),
    ("names_tell_the_layer", lambda m: rename(m, "laps", "fct_lap"), "fct_lap", "no name for a model of marts"),
    (
        "layers_are_materialised_alike",
        lambda m: change(node(m, "stg_files__laps")["config"], materialized="table"),
        "stg_files__laps",
        "materialised as table in staging",
    ),
    (
        "layers_are_materialised_alike",
        lambda m: change(node(m, "laps")["config"], materialized="view"),
        "laps",
        "materialised as view in marts",
    ),
    (
        "nothing_knows_the_machines_clock",
        lambda m: write(m, "laps", "\nwhere started_at < now()"),
        "laps",
        "asks for now()",
    ),
    (
        "nothing_knows_the_machines_clock",
        lambda m: change(m["macros"]["macro.pacewright.local_time"], macro_sql="select current_date"),
        "local_time",
        "asks for current_date",
    ),
    (
        "marts_keep_a_contract",
        lambda m: change(node(m, "laps")["config"]["contract"], enforced=False),
        "laps",
        "without a contract",
    ),
    (
        "marts_keep_a_contract",
        lambda m: change(column(m, "laps", "distance_m"), description=" "),
        "laps",
        "distance_m has no description",
    ),
    (
        "marts_keep_a_contract",
        lambda m: change(column(m, "laps", "distance_m"), data_type=None),
        "laps",
        "distance_m has no data_type",
    ),
    (
        "models_begin_with_their_grain",
        lambda m: change(node(m, "laps"), description="Laps."),
        "laps",
        "does not say what one row is",
    ),
    ("keys_begin_with_the_athlete", lambda m: without_key_test(m, "laps"), "laps", "has no test of its key"),
    (
        "keys_begin_with_the_athlete",
        lambda m: change(column(m, "laps", "lap_number"), constraints=[]),
        "laps",
        "key column lap_number may be null",
    ),
    (
        "keys_begin_with_the_athlete",
        lambda m: change(node(m, "laps"), columns=dict(reversed(node(m, "laps")["columns"].items()))),
        "laps",
        "its columns begin with intensity",
    ),
    (
        "names_tell_the_type",
        lambda m: change(column(m, "laps", "started_at"), data_type="varchar"),
        "laps",
        "column started_at is varchar",
    ),
    (
        "names_tell_the_type",
        lambda m: change(column(m, "laps", "intensity"), data_type="boolean"),
        "laps",
        "column intensity is boolean",
    ),
    (
        "numbers_name_their_unit",
        lambda m: change(column(m, "laps", "distance_m"), description="How far."),
        "laps",
        "distance_m does not say its unit",
    ),
    (
        "numbers_name_their_unit",
        lambda m: change(column(m, "laps", "intensity"), data_type="double", description="How hard."),
        "laps",
        "intensity does not say its unit",
    ),
    ("logic_has_unit_tests", lambda m: without_unit_tests(m, "laps"), "laps", "has no unit test"),
    ("marts_have_readers", lambda m: nobody_reads(m, "laps"), "laps", "is read by nobody"),
    ("marts_have_readers", lambda m: change(exposure(m, "site"), owner={}), "site", "does not name an owner"),
    ("marts_have_readers", lambda m: change(exposure(m, "site"), type="picture"), "site", "does not name a type"),
    (
        "marts_have_readers",
        lambda m: exposure(m, "site")["depends_on"]["nodes"].append("model.pacewright.int_nights_merged"),
        "site",
        "does not name marts and nothing else",
    ),
    (
        "sources_are_fresh_or_say_why_not",
        lambda m: change(source(m, "ledger_raw.payloads"), loaded_at_field=None),
        "payloads",
        "neither freshness nor a reason",
    ),
    (
        "sources_are_fresh_or_say_why_not",
        lambda m: change(source(m, "ledger_raw.clock")["config"], meta={}),
        "clock",
        "neither freshness nor a reason",
    ),
)


@pytest.mark.parametrize(
    ("law", "plant", "model", "fact"), PLANTED, ids=[f"{law}-{fact}" for law, _, _, fact in PLANTED]
)
def test_a_law_names_what_is_planted_against_it(
    manifest: Manifest, law: str, plant: Plant, model: str, fact: str
) -> None:
    planted = copy.deepcopy(manifest)
    plant(planted)

    found = LAWS[law](planted)

    assert [violation for violation in found if violation.model == model and fact in violation.fact]
    assert all(violation.remedy for violation in found)


def test_every_law_has_something_planted_against_it() -> None:
    assert {law for law, *_ in PLANTED} == set(LAWS)


@pytest.mark.parametrize(
    ("change_row", "fact"),
    [
        ({"name": "nobodys_number"}, "is used by nobody"),
        ({"source": " "}, "has no source"),
        ({"unit": ""}, "has no unit"),
        ({"value": "about ten"}, "is no number"),
    ],
)
def test_a_constant_that_is_not_kept_well_is_named(
    manifest: Manifest, constants: list[dict[str, str]], change_row: dict[str, str], fact: str
) -> None:
    row = constants[0] | change_row

    found = constants_are_used_and_known(manifest, [*constants[1:], row])

    assert (
        Violation(model=f"constants.{row['name']}", fact=fact, remedy="Complete or remove its row in constants.csv.")
        in found
    )


def test_a_constant_that_does_not_exist_is_named(manifest: Manifest, constants: list[dict[str, str]]) -> None:
    found = constants_are_used_and_known(manifest, constants[1:])

    assert {violation.fact for violation in found} == {f"asks for the constant {constants[0]['name']}, which is none"}


def test_files_planted_in_a_copy_of_the_project_are_named(tmp_path: Path) -> None:
    """The same, from real files through dbt's own parser."""
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    models = project / "models"
    (models / "staging" / "files" / "stg_files__fresh_laps.sql").write_text(
        "select * from {{ ref('laps') }} where started_at > now()\n"
    )
    (models / "marts" / "mart_pace.sql").write_text(
        "{{ config(materialized='view', contract={'enforced': false}) }}\n"
        "select case when true then 1 end as pace, payload from {{ source('ledger_raw', 'payloads') }}\n"
    )

    planted = parse(tmp_path / "target", project=project)
    found = {(name, violation.model) for name, law in LAWS.items() for violation in law(planted)}

    assert found >= {
        ("layers_are_kept", "stg_files__fresh_laps"),
        ("layers_are_kept", "mart_pace"),
        ("names_tell_the_layer", "mart_pace"),
        ("layers_are_materialised_alike", "mart_pace"),
        ("nothing_knows_the_machines_clock", "stg_files__fresh_laps"),
        ("marts_keep_a_contract", "mart_pace"),
        ("models_begin_with_their_grain", "mart_pace"),
        ("logic_has_unit_tests", "mart_pace"),
        ("marts_have_readers", "mart_pace"),
    }
