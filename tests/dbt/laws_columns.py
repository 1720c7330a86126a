"""Laws of what a mart promises its readers: contract, grain, key, and columns whose names and words tell type and unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.dbt.laws import Law, Manifest, Node, Violation, layer, marts, models

# The end of a column's name → words of its unit, one of which its description must hold.
UNITS = {
    "s_per_km": ("per kilometre",),
    "m_per_km": ("per kilometre",),
    "m_per_s": ("metres per second",),
    "m": ("metre",),
    "s": ("second",),
    "ms": ("millisecond",),
    "bpm": ("per minute",),
    "spm": ("per minute",),
    "pct": ("percent", "%", "0 to 100"),
    "w": ("watt",),
    "kcal": ("kilocalorie",),
    "days": ("day",),
    "nights": ("night",),
    "months": ("month",),
}
# Ends of names that are pure numbers, and words by which a description tells the scale of any other number.
COUNTED = {"count", "number", "rank", "year", "week", "revision", "zone"}
COMPARED = {"ratio", "share", "confidence", "correlation", "cost", "r2", "sd"}
POINTS = {"load", "trimp", "effort", "score"}  # of a scale that the description names
SCALES = ("0 to 1", "1 to 5", "0 to 100", "1 to 10", " ln ", "ratio", "score", "load", "mean over", "night", "per ")
TYPES = {
    "date": ("date",),
    "id": ("varchar",),
    "at": ("timestamp with time zone", "timestamp"),
}
NUMERIC = re.compile(r"^(double|float|real|decimal.*|[a-z]*int|integer)(\[\])?$")
HELD_NAMES = {"load_is_known"}  # older than the rule that booleans begin with is_ or has_; readers ask for it by name


def marts_keep_a_contract(manifest: Manifest) -> list[Violation]:
    """Every mart is built under an enforced contract, and every column has a type and a meaning."""
    found = []
    for name, mart in marts(manifest).items():
        if not mart["config"]["contract"]["enforced"]:
            remedy = "Leave +contract.enforced of the folder as it is."
            found.append(Violation(model=name, fact="is built without a contract", remedy=remedy))
        for column, facts in _columns(mart):
            for wanted in ("data_type", "description"):
                if not str(facts.get(wanted) or "").strip():
                    remedy = f"Give the column its {wanted} in _marts.yml."
                    found.append(Violation(model=name, fact=f"column {column} has no {wanted}", remedy=remedy))
    return found


def models_begin_with_their_grain(manifest: Manifest) -> list[Violation]:
    """A description begins with what one row is; a mart's with `One row per`."""
    found = []
    for node in models(manifest):
        wanted = "One row per " if layer(node) == "marts" else "One row"
        if not str(node["description"]).startswith(wanted):
            remedy = f"Begin the description with “{wanted.strip()} …”."
            found.append(Violation(model=node["name"], fact="does not say what one row is", remedy=remedy))
    return found


def keys_begin_with_the_athlete(manifest: Manifest) -> list[Violation]:
    """Every mart's first column is athlete_id, and a `one_row_per` test holds its key."""
    keys = {
        test["attached_node"]: test["test_metadata"]["kwargs"]["columns"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test" and (test.get("test_metadata") or {}).get("name") == "one_row_per"
    }
    found = []
    for name, mart in marts(manifest).items():
        key = keys.get(mart["unique_id"])
        if key is None:
            remedy = "Add a one_row_per test with the columns of its grain."
            found.append(Violation(model=name, fact="has no test of its key", remedy=remedy))
        for place, columns in (("key", key or ["athlete_id"]), ("columns", list(mart["columns"]))):
            if columns[:1] != ["athlete_id"]:
                fact = f"its {place} begin with {columns[0] if columns else 'nothing'}"
                found.append(Violation(model=name, fact=fact, remedy="athlete_id is the first column of every key."))
        for column in key or ():
            kinds = {constraint["type"] for constraint in mart["columns"].get(column, {}).get("constraints", [])}
            if "not_null" not in {str(getattr(kind, "value", kind)) for kind in kinds}:
                remedy = "Give it the constraint not_null."
                found.append(Violation(model=name, fact=f"key column {column} may be null", remedy=remedy))
    return found


def names_tell_the_type(manifest: Manifest) -> list[Violation]:
    """Instants end in _at, days in _date, keys in _id; booleans begin with is_ or has_, and nothing else does."""
    found = []
    for name, mart in marts(manifest).items():
        for column, facts in _columns(mart):
            kind = str(facts.get("data_type") or "").lower()
            wanted = TYPES.get(column.rsplit("_", 1)[-1], (kind,))
            if kind not in wanted:
                remedy = f"Columns of that name are {wanted[0]}."
                found.append(Violation(model=name, fact=f"column {column} is {kind}", remedy=remedy))
            is_named = column.startswith(("is_", "has_")) or column in HELD_NAMES
            if is_named != (kind == "boolean"):
                remedy = "Booleans, and only they, begin with is_ or has_."
                found.append(Violation(model=name, fact=f"column {column} is {kind}", remedy=remedy))
    return found


def numbers_name_their_unit(manifest: Manifest) -> list[Violation]:
    """A number's name ends in its unit and its description says it; a pure number tells its scale."""
    found = []
    for name, mart in marts(manifest).items():
        for column, facts in _columns(mart):
            if not NUMERIC.match(str(facts.get("data_type") or "").lower()):
                continue
            words, said = _words_of(column), str(facts.get("description") or "").lower()
            if not any(word in said for word in words):
                remedy = f"Say one of: {', '.join(dict.fromkeys(word.strip() for word in words))}."
                found.append(Violation(model=name, fact=f"column {column} does not say its unit", remedy=remedy))
    return found


def _words_of(column: str) -> tuple[str, ...]:
    """Words of which a description must hold one; the empty word where the name alone says that it is a pure number."""
    for unit in sorted(UNITS, key=len, reverse=True):
        if column == unit or column.endswith(f"_{unit}"):
            return UNITS[unit]
    if column.rsplit("_", 1)[-1] in COUNTED | COMPARED | POINTS:
        return ("",)
    return tuple(word for words in UNITS.values() for word in words) + SCALES


def _columns(mart: Node) -> Iterator[tuple[str, Node]]:
    return iter(mart["columns"].items())


PROMISES: tuple[Law, ...] = (
    marts_keep_a_contract,
    models_begin_with_their_grain,
    keys_begin_with_the_athlete,
    names_tell_the_type,
    numbers_name_their_unit,
)
