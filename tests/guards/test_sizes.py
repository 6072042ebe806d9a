"""The house rules that a machine can check: sizes, parameters, names."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CRM = ROOT / "crm"
FILES = sorted(CRM.rglob("*.py"))
MOST_FUNCTION_LINES = 30
MOST_FILE_LINES = 250
MOST_PARAMETERS = 5
MOST_MODULES = 15
# A folder of plugins grows by one file with each plugin; nobody reads it from end to end.
PLUGINS = ("campaigns/kinds", "channels", "reports", "segments/conditions", "storefronts")
# The ground floor: what everything else stands on lies side by side.
MOST_MODULES_AT_THE_ROOT = 24
FORBIDDEN = {
    "manager",
    "helper",
    "helpers",
    "utils",
    "util",
    "service",
    "data",
    "info",
    "common",
    "base",
}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def words(name: str) -> set[str]:
    spaced = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return set(spaced.split("_"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= MOST_FILE_LINES
    names = [path.stem, *(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    assert not [name for name in names if words(name) & FORBIDDEN and name != "Base"]
    for function in functions(tree):
        place = f"{path.name}:{function.lineno} {function.name}"
        assert (function.end_lineno or 0) - function.lineno < MOST_FUNCTION_LINES, place
        if "cli" not in path.parts:  # a command has a parameter for each of its options
            assert parameters(function) <= MOST_PARAMETERS, place


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    modules = Counter(path.parent for path in FILES if path.name != "__init__.py")
    limits = {CRM: MOST_MODULES_AT_THE_ROOT} | {CRM / name: 1000 for name in PLUGINS}
    crowded = {
        str(folder.relative_to(CRM)): number
        for folder, number in modules.items()
        if number > limits.get(folder, MOST_MODULES)
    }
    assert not crowded


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_and_what_it_offers_say_what_they_are_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body:
        assert ast.get_docstring(tree), path
    for node in tree.body:
        offered = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if offered:
            assert isinstance(node, ast.FunctionDef | ast.ClassDef)
            assert ast.get_docstring(node), f"{path.name}:{node.lineno} {node.name}"
