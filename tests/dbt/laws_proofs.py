"""Laws of what stands behind a model: unit tests for its logic, readers, fresh sources, constants with a source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.dbt.laws import Law, Manifest, Violation, code, marts, meta, models, own_macros

LOGIC = re.compile(r"\bcase\b|\bover\b|\bqualify\b|\bselect distinct\b|\bdistinct on\b|\brow_number\b", re.I)
ASKED = re.compile(r"constants_row\(\s*\[(.*?)\]", re.DOTALL)
EXPOSURES = {"dashboard", "notebook", "analysis", "ml", "application"}


def logic_has_unit_tests(manifest: Manifest) -> list[Violation]:
    """A model that decides, looks across rows or drops doubles has a unit test, also where a macro does it for it."""
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    deciding = {key for key, text in own_macros(manifest).items() if LOGIC.search(text)}
    found = []
    for node in models(manifest):
        own = {match.lower() for match in LOGIC.findall(code(node))}
        through = {key.rsplit(".", 1)[-1] for key in node["depends_on"]["macros"] if key in deciding}
        if (own or through) and node["name"] not in tested:
            fact = f"uses {', '.join(sorted(own | through))} and has no unit test"
            remedy = "Add one under models/unit_tests."
            found.append(Violation(model=node["name"], fact=fact, remedy=remedy))
    return found


def marts_have_readers(manifest: Manifest) -> list[Violation]:
    """Somebody reads every mart, and every exposure says who it is, what kind, and in which modules it reads marts only."""
    found = []
    read: set[str] = set()
    for exposure in manifest["exposures"].values():
        name, reads = exposure["name"], set(exposure["depends_on"]["nodes"])
        read |= reads
        told = {
            "a type": str(getattr(exposure["type"], "value", exposure["type"])) in EXPOSURES,
            "an owner": bool((exposure["owner"] or {}).get("name")),
            "a label": bool(exposure["label"]),
            "a description": bool(exposure["description"]),
            "the modules that read": bool(meta(exposure).get("modules")),
            "marts and nothing else": bool(reads) and reads <= {mart["unique_id"] for mart in marts(manifest).values()},
        }
        found += [
            Violation(model=name, fact=f"does not name {what}", remedy="Complete it in _exposures.yml.")
            for what, is_told in told.items()
            if not is_told
        ]
    for name, mart in marts(manifest).items():
        if mart["unique_id"] not in read:
            remedy = "Name its reader in _exposures.yml, or remove it."
            found.append(Violation(model=name, fact="is read by nobody", remedy=remedy))
    return found


def sources_are_fresh_or_say_why_not(manifest: Manifest) -> list[Violation]:
    """Every source table has a description and freshness, or the reason why it cannot grow old."""
    found = []
    for source in manifest["sources"].values():
        warn = (source["freshness"] or {}).get("warn_after") or {}
        reason = str(meta(source).get("no_freshness") or "").strip()
        is_watched = bool(warn.get("count") and source["loaded_at_field"])
        if is_watched == bool(reason):
            fact = "has freshness and a reason for none" if reason else "has neither freshness nor a reason for none"
            remedy = "Give it loaded_at_field and warn_after, or config.meta.no_freshness."
            found.append(Violation(model=source["name"], fact=fact, remedy=remedy))
        if not source["description"]:
            found.append(
                Violation(model=source["name"], fact="is not described", remedy="Describe it in _sources.yml.")
            )
    return found


def constants_are_used_and_known(manifest: Manifest, rows: Sequence[Mapping[str, str]]) -> list[Violation]:
    """Every constant has a value, a unit, a source and a user; every constant that a model asks for exists."""
    known = {row["name"] for row in rows}
    told = [(str(node["name"]), code(node)) for node in models(manifest)]
    told += [(key.rsplit(".", 1)[-1], text) for key, text in own_macros(manifest).items()]
    asked = {
        (asker, name)
        for asker, text in told
        for listed in ASKED.findall(text)
        for name in re.findall(r"'(\w+)'", listed)
    }
    used = {name for _, name in asked}
    found = [
        Violation(model=asker, fact=f"asks for the constant {name}, which is none", remedy="Add it to constants.csv.")
        for asker, name in sorted(asked)
        if name not in known
    ]
    for row in rows:
        facts = {
            "is used by nobody": row["name"] in used,
            "has no source": bool((row["source"] or "").strip()),
            "has no unit": bool((row["unit"] or "").strip()),
            "is no number": re.fullmatch(r"-?\d+(\.\d+)?([eE]-?\d+)?", row["value"] or "") is not None,
        }
        found += [
            Violation(
                model=f"constants.{row['name']}", fact=fact, remedy="Complete or remove its row in constants.csv."
            )
            for fact, holds in facts.items()
            if not holds
        ]
    return found


PROOFS: tuple[Law, ...] = (logic_has_unit_tests, marts_have_readers, sources_are_fresh_or_say_why_not)
