"""Plants in Python: the operators of cosmic-ray that stand for mistakes people make, and three it has not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators import (
    binary_operator_replacement,
    boolean_replacer,
    break_continue,
    comparison_operator_replacement,
    number_replacer,
    zero_iteration_for_loop,
)
from cosmic_ray.operators.operator import Operator
from parso.python.tree import Number

from tests.mutants.plants import Plant, Spot

# A bound moved by one step, a comparison turned round, a sum that is a difference: not every pair of all operators, of
# which most fail at the first call and would flatter the figure.
_COMPARISONS = {
    ("Lt", "LtE"), ("LtE", "Lt"), ("Gt", "GtE"), ("GtE", "Gt"), ("Lt", "Gt"), ("Gt", "Lt"), ("LtE", "GtE"),
    ("GtE", "LtE"), ("Eq", "NotEq"), ("NotEq", "Eq"), ("Is", "IsNot"), ("IsNot", "Is"),
}  # fmt: skip
_TOLERANCE = 1e-3  # what is smaller stands for nothing that a person could tell apart
_ARITHMETIC = {("Add", "Sub"), ("Sub", "Add"), ("Mul", "Div"), ("Div", "Mul"), ("FloorDiv", "Div"), ("Mod", "FloorDiv")}


class ScaledNumber(Operator):  # type: ignore[misc]  # the library has no types
    """A bound a tenth higher or lower."""

    _SHARES = (1.1, 0.9)

    def mutation_positions(self, node: object) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if isinstance(node, Number) and abs(_value(node)) > _TOLERANCE and _value(node) not in {1, 2}:
            for _ in self._SHARES:
                yield node.start_pos, node.end_pos

    def mutate(self, node: Number, index: int) -> Number:
        value = ast.literal_eval(node.value)
        scaled = float(f"{self._SHARES[index] * value:.6g}")
        shown = round(scaled) if isinstance(value, int) and round(scaled) != value else scaled
        return Number(f" {shown}", node.start_pos)

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class DroppedCondition(Operator):  # type: ignore[misc]  # the library has no types
    """One part of an `and` or an `or` left out."""

    def mutation_positions(self, node: object) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if getattr(node, "type", "") in {"and_test", "or_test"}:
            for part in node.children[::2]:  # type: ignore[attr-defined]  # a node of parso
                yield part.start_pos, part.end_pos

    def mutate(self, node: parso.tree.BaseNode, index: int) -> parso.tree.NodeOrLeaf:
        first = 2 * index
        del node.children[first : first + 2]
        if first and first >= len(node.children):  # the last one went: so does the word before it
            del node.children[-1:]
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class DroppedFilter(Operator):  # type: ignore[misc]  # the library has no types
    """A comprehension without its `if`."""

    def mutation_positions(self, node: object) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if getattr(node, "type", "") == "comp_if":
            yield node.start_pos, node.end_pos  # type: ignore[attr-defined]  # a node of parso

    def mutate(self, node: parso.tree.BaseNode, index: int) -> None:
        return None

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def _operators() -> list[tuple[str, Operator]]:
    pairs = ((comparison_operator_replacement, _COMPARISONS), (binary_operator_replacement, _ARITHMETIC))
    found: list[tuple[str, Operator]] = []
    for module, wanted in pairs:
        for operator in module.operators():
            first, second = operator.__name__.rsplit("_", 2)[-2:]
            if (first, second) in wanted:
                found.append((f"{first} to {second}", operator()))
    found += [
        ("not added", boolean_replacer.AddNot()),
        ("True to False", boolean_replacer.ReplaceTrueWithFalse()),
        ("False to True", boolean_replacer.ReplaceFalseWithTrue()),
        ("and to or", boolean_replacer.ReplaceAndWithOr()),
        ("or to and", boolean_replacer.ReplaceOrWithAnd()),
        ("break to continue", break_continue.ReplaceBreakWithContinue()),
        ("continue to break", break_continue.ReplaceContinueWithBreak()),
        ("number by one", number_replacer.NumberReplacer()),
        ("loop of nothing", zero_iteration_for_loop.ZeroIterationForLoop()),
        ("number by a tenth", ScaledNumber()),
        ("condition left out", DroppedCondition()),
        ("filter left out", DroppedFilter()),
    ]
    return found


def python_spots(path: str, source: str) -> list[Spot]:
    """Every place of one module for a plant; annotations, imports and decorators are left alone."""
    nodes = list(ast_nodes(get_ast(source)))
    still, hints, lines = _lines_without_effect(source), _annotations(source), source.splitlines()
    found = []
    for name, operator in _operators():
        positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (line, column) in enumerate(positions):
            is_hint = any(first <= (line, column) < last for first, last in hints)
            if line not in still and not is_hint and not _is_within_epsilon(name, lines[line - 1], column):
                plant = partial(_plant, path, source, line, name, (operator, occurrence))
                found.append(Spot(name=name, plant=plant))
    return found


def _plant(path: str, source: str, line: int, name: str, change: tuple[Operator, int]) -> Plant | None:
    changed = mutate_code(source, *change)
    if changed is None:
        return None
    try:
        is_same = ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
    except SyntaxError:
        return None
    return None if is_same else Plant(path=path, line=line, name=name, text=changed)


def _is_within_epsilon(name: str, line: str, column: int) -> bool:
    """Whether the change is a millionth: a bound beside EPSILON made inclusive, or EPSILON on its other side."""
    if name in {"Gt to GtE", "GtE to Gt", "Lt to LtE", "LtE to Lt"}:
        return "EPSILON" in line
    return name in {"Add to Sub", "Sub to Add"} and line[column + 1 :].lstrip().startswith("EPSILON")


def _value(node: Number) -> float:
    return float(ast.literal_eval(node.value))


def _lines_without_effect(source: str) -> set[int]:
    """Lines of `if TYPE_CHECKING:`, of imports and of dataclass options: changing them changes no figure."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        guarded = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        if guarded or isinstance(node, ast.Import | ast.ImportFrom):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))  # type: ignore[attr-defined]  # a statement
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for decorator in node.decorator_list:
                lines.update(range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1))
    return lines


def _annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    spans = []
    for node in ast.walk(ast.parse(source)):
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(hint, ast.expr):
                last = (hint.end_lineno or hint.lineno, hint.end_col_offset or 0)
                spans.append(((hint.lineno, hint.col_offset), last))
    return spans
