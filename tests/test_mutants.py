"""The planter of defects: what it plants, and that it tells a defect that tests notice from a change that none can."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.plants import PACKAGES, ROOT, Package, Plant, sources
from tests.mutants.python_plants import python_spots
from tests.mutants.running import Copy
from tests.mutants.sql_plants import constant_spots, sql_spots

_PYTHON = '''"""A module."""

LIMIT_M = 15.0


def longest(runs: list[float] | None, cap: float) -> float:
    """The longest run below the cap."""
    return max(m for m in runs or [] if m > 0 and m <= cap)
'''
_SQL = """
select max(distance_m) as longest_m -- and a < b
from {{ ref('a < b') }}
left join days on days.local_date = runs.local_date and days.kind = 'a < b'
where runs.distance_m >= 20
    and not runs.is_race
"""


def planted(spots: list[Plant | None]) -> set[tuple[str, str]]:
    """Each plant's name and its line."""
    return {(plant.name, plant.text.splitlines()[plant.line - 1].strip()) for plant in spots if plant is not None}


def test_bounds_conditions_and_filters_of_python_are_moved_turned_and_dropped() -> None:
    found = planted([spot.plant() for spot in python_spots("a.py", _PYTHON)])

    returned = "return max(m for m in runs or [] if m > 0 and m <= cap)"
    assert {float(line.split("=")[1]) for name, line in found if name == "number by a tenth"} == {13.5, 16.5}
    assert ("LtE to Lt", returned.replace("<=", "<")) in found
    assert ("condition left out", "return max(m for m in runs or [] if m <= cap)") in found
    assert ("condition left out", "return max(m for m in runs or [] if m > 0)") in found
    assert ("filter left out", "return max(m for m in runs or [])") in found
    assert not any("def " in line for _, line in found), "an annotation is no figure"


def test_a_change_of_a_millionth_is_no_plant() -> None:
    source = "def f(a: float, b: float) -> bool:\n    return a + b <= 2 * b + EPSILON\n"
    found = planted([spot.plant() for spot in python_spots("a.py", source)])

    assert ("LtE to GtE", "return a + b >= 2 * b + EPSILON") in found
    assert ("Add to Sub", "return a - b <= 2 * b + EPSILON") in found
    assert not any(line in {"return a + b < 2 * b + EPSILON", "return a + b <= 2 * b - EPSILON"} for _, line in found)


def test_bounds_windows_joins_and_filters_of_sql_are_planted_and_texts_left_alone() -> None:
    found = planted([spot.plant() for spot in sql_spots("a.sql", _SQL)])

    assert ("bound made exclusive", "where runs.distance_m > 20") in found
    assert ("number by one", "where runs.distance_m >= 21") in found
    assert ("filter left out", "where true") in found
    assert ("filter left out", "and true") in found
    assert ("not left out", "and runs.is_race") in found
    assert ("max to min", "select min(distance_m) as longest_m -- and a < b") in found
    assert (
        "left join to inner join",
        "inner join days on days.local_date = runs.local_date and days.kind = 'a < b'",
    ) in found
    assert not any("a <= b" in line or "a > b" in line for _, line in found), "a comment, a text or a name was changed"


def test_constants_move_by_a_tenth() -> None:
    found = planted([spot.plant() for spot in constant_spots("a.csv", "name,value,unit\nlimit,20,m\nnone,0,m\n")])

    assert found == {("constant by a tenth", "limit,22,m"), ("constant by a tenth", "limit,18,m")}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_has_places_for_plants_and_tests_that_mirror_it(name: str) -> None:
    package = PACKAGES[name]

    assert len(sources(package)) >= 5
    assert all((ROOT / word).exists() for word in package.quick + package.thorough if word.startswith("tests/"))


def test_a_defect_is_noticed_and_a_change_of_nothing_is_not(tmp_path: Path) -> None:
    package = Package(sources=("coach/words.py",), quick=("tests/coach/test_words.py",))
    text = (ROOT / "coach/words.py").read_text(encoding="utf-8")
    copy = Copy.made(tmp_path / "copy")

    def noticed(changed: str) -> bool:
        return copy.notices(Plant(path="coach/words.py", line=1, name="any", text=changed), package, (300.0, 300.0))

    assert copy.baseline_s(package)[0] > 0
    assert noticed(text.replace("60", "61"))
    assert not noticed(text + "\n# Nothing else.\n")
    assert (copy.root / "coach/words.py").read_text(encoding="utf-8") == text
