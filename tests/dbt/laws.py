"""Laws of the dbt project's shape, judged on its parsed manifest: layers, names, materialisation, the clock.

A law is a function from the manifest to its violations; each names the model, the fact and the remedy, so that a failing
test tells what to do. Reasons for an exception stand beside the model, in its `config.meta`, never in a law.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Manifest = Mapping[str, Any]
Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One breach: who broke it, what is so, and what to do."""

    model: str
    fact: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.model}: {self.fact}. {self.remedy}"


Law = Callable[[Manifest], list[Violation]]

MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed"},
    "marts": {"staging", "intermediate", "seed"},
}
# A finished mart may be read by another model only for a reason that stands in that model's config.meta.reads_marts.
MAY_READ_MARTS = {"intermediate", "marts"}
MATERIALISED = {
    "staging": {"view"},
    "intermediate": {"table", "incremental"},
    "marts": {"table"},
}
# Words that have no plural of their own, or are no things to count.
UNCOUNTABLE = {"adherence", "clock", "freshness", "gear", "health", "hrv", "logbook", "profile", "stress"}
CLOCK = re.compile(
    r"\bvar\(|\benv_var\(|\bcurrent_(date|time|timestamp)\b|\b(now|today|get_current_timestamp)\(\)", re.I
)


def models(manifest: Manifest) -> Iterator[Node]:
    """The project's own models, by name."""
    own = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return iter(sorted(own, key=lambda node: str(node["name"])))


def layer(node: Node) -> str:
    """The folder under `models` in which a model lies."""
    return str(node["fqn"][1])


def marts(manifest: Manifest) -> dict[str, Node]:
    return {node["name"]: node for node in models(manifest) if layer(node) == "marts"}


def meta(node: Node) -> Mapping[str, Any]:
    """What was noted beside a model or source, such as the reason for an exception."""
    noted: Mapping[str, Any] = node["config"].get("meta") or {}
    return noted


def code(node: Node) -> str:
    """A model's code without its comments."""
    text = re.sub(r"\{#.*?#\}", "", str(node["raw_code"]), flags=re.DOTALL)
    return re.sub(r"#[^\n]*" if node.get("language") == "python" else r"--[^\n]*", "", text)


def own_macros(manifest: Manifest) -> dict[str, str]:
    """The project's macros without their comments, by unique id."""
    return {
        key: re.sub(r"\{#.*?#\}", "", str(macro["macro_sql"]), flags=re.DOTALL)
        for key, macro in manifest["macros"].items()
        if macro["package_name"] == manifest["metadata"]["project_name"]
    }


def kind_of(manifest: Manifest, unique_id: str) -> str:
    """`source`, `seed`, or the layer of a model."""
    if unique_id.startswith("source."):
        return "source"
    node = manifest["nodes"][unique_id]
    return layer(node) if node["resource_type"] == "model" else str(node["resource_type"])


def layers_are_kept(manifest: Manifest) -> list[Violation]:
    """Staging reads sources only and nobody else does; what is built above it reads a mart only for a stated reason."""
    found = []
    for node in models(manifest):
        here, reasons = layer(node), dict(meta(node).get("reads_marts") or {})
        for parent in node["depends_on"]["nodes"]:
            kind, name = kind_of(manifest, parent), parent.rsplit(".", 1)[-1]
            if here in MAY_READ_MARTS and kind == "marts":
                if not str(reasons.pop(name, "")).strip():
                    fact = f"reads the mart {name} without a reason"
                    remedy = "Read the step below it, or say why in config.meta.reads_marts."
                    found.append(Violation(model=node["name"], fact=fact, remedy=remedy))
            elif kind not in MAY_READ[here]:
                allowed = " and ".join(sorted(MAY_READ[here]))
                fact, remedy = f"lies in {here} and reads {kind} {name}", f"Models of {here} read {allowed}."
                found.append(Violation(model=node["name"], fact=fact, remedy=remedy))
        for name in reasons:
            fact = f"gives a reason to read the mart {name}, which it does not read"
            found.append(
                Violation(model=node["name"], fact=fact, remedy="Take the reason out of config.meta.reads_marts.")
            )
    return found


def names_tell_the_layer(manifest: Manifest) -> list[Violation]:
    """stg_<source>__<things>, int_<things>_<verbed>, and plain plural nouns for marts."""
    found = []
    for node in models(manifest):
        name, here = str(node["name"]), layer(node)
        if here == "staging":
            remedy = f"Call it stg_{node['fqn'][2]}__<things>."
            is_named = name.startswith(f"stg_{node['fqn'][2]}__") and _is_plural(name)
        elif here == "intermediate":
            remedy = "Call it int_<things>_<verbed>, or say why not in config.meta.name."
            is_named = name.startswith("int_") and (_is_verbed(name) or bool(meta(node).get("name")))
        else:
            remedy = "A mart is a plain plural noun."
            is_named = not name.startswith(("stg_", "int_", "mart_", "fct_", "dim_")) and _is_plural(name)
        if not is_named:
            found.append(Violation(model=name, fact=f"is no name for a model of {here}", remedy=remedy))
    return found


def _is_plural(name: str) -> bool:
    last = name.rsplit("_", 1)[-1]
    return last.endswith("s") or last in UNCOUNTABLE


def _is_verbed(name: str) -> bool:
    return len(name.split("_")) > 2 and name.endswith("ed")


def layers_are_materialised_alike(manifest: Manifest) -> list[Violation]:
    """Staging is views, intermediate tables or incremental, marts tables."""
    return [
        Violation(
            model=node["name"],
            fact=f"is materialised as {node['config']['materialized']} in {layer(node)}",
            remedy=f"Models of {layer(node)} are {' or '.join(sorted(MATERIALISED[layer(node)]))}.",
        )
        for node in models(manifest)
        if node["config"]["materialized"] not in MATERIALISED[layer(node)]
    ]


def nothing_knows_the_machines_clock(manifest: Manifest) -> list[Violation]:
    """The day being built is a row of the snapshot: no variables, no environment, no clock of the machine."""
    told = [(node["name"], code(node)) for node in models(manifest)]
    told += [(key.rsplit(".", 1)[-1], text) for key, text in own_macros(manifest).items()]
    return [
        Violation(model=name, fact=f"asks for {asked.group(0)}", remedy="Read stg_ledger__clock instead.")
        for name, text in told
        for asked in CLOCK.finditer(text)
    ]


SHAPE: tuple[Law, ...] = (
    layers_are_kept,
    names_tell_the_layer,
    layers_are_materialised_alike,
    nothing_knows_the_machines_clock,
)
