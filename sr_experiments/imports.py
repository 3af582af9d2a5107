"""Which modules of this package and of a user's own a run imports, told by their text alone. Standard library only."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, resolve_name
from itertools import takewhile
from pathlib import Path

OURS = __name__.partition(".")[0]


def sources(names: Iterable[str]) -> dict[str, bytes]:
    """By module, the source of those that dotted names lead to and of all that these import, at once or later.

    Libraries are left out, and what is imported for type checkers alone.
    """
    found: dict[str, bytes] = {}
    waiting = list(names)
    while waiting:
        for module, path in _own(waiting.pop()):
            if module not in found:
                found[module] = path.read_bytes()
                package = module if path.stem == "__init__" else module.rpartition(".")[0]
                waiting += _imported(found[module], package)
    return found


def _own(name: str) -> Iterator[tuple[str, Path]]:
    """The packages that a dotted name leads through, and its module; what follows is a name inside that."""
    module, *rest = [*takewhile(str.isidentifier, name.split("."))] or [""]
    if not (spec := _top(module)):
        return
    if spec.origin and Path(spec.origin).is_file():
        yield module, Path(spec.origin)
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    for part in rest:
        module, folders = f"{module}.{part}", [folder / part for folder in folders]
        files = (file for folder in folders for file in (folder / "__init__.py", folder.with_name(f"{part}.py")))
        yield from ((module, file) for file in [next(filter(Path.is_file, files), None)] if file)


def _top(name: str) -> ModuleSpec | None:
    """Where a package or module of one's own lies; none for libraries."""
    try:
        spec = None if name in sys.stdlib_module_names else find_spec(name)
    except (ImportError, ValueError):
        return None
    installed = spec and spec.origin and "site-packages" in spec.origin and name != OURS
    return None if installed else spec


@cache
def _imported(source: bytes, package: str) -> list[str]:
    """What the source of a module in `package` imports, as dotted names; nothing where it is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    return [name for statement in _statements(tree) for name in _names(statement, package)]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        typing_alone = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        if not typing_alone and not isinstance(child, ast.expr):
            yield child
            yield from _statements(child)


def _names(statement: ast.AST, package: str) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if not isinstance(statement, ast.ImportFrom) or (statement.level and not package):
        return []
    module = statement.module or ""
    base = resolve_name("." * statement.level + module, package) if statement.level else module
    return [f"{base}.{alias.name}" for alias in statement.names]
