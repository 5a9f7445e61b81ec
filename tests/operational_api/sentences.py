"""Every sentence with which something is refused, read off the source: what the catalogues must say.

In: the modules of `operational_api/` and the contracts of `pipelines/`. Out: templates with numbered places,
`no such {0} {1}`. A sentence is an argument of a refusal, a rule or remedy that is declared or assigned, what
a function that words one returns, an entry of a table of words, or an argument of `api.refuse` within SQL.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from operational_api import refusals

ROOT = Path(__file__).parents[2]
MODULES = (
    *(
        path
        for path in sorted((ROOT / "operational_api").rglob("*.py"))
        if "desk" not in path.parts and path.stem not in {"document", "openapi"}  # these speak to programmers
    ),
    *(ROOT / "pipelines" / f"{name}.py" for name in ("contracts", "parsing", "becoming", "importing")),
)
_CLASSES = {n for n, c in vars(refusals).items() if isinstance(c, type) and c.__module__ == refusals.__name__}
# What is called with a sentence among its arguments.
_REFUSING = _CLASSES | {
    "Finding",
    "LineError",
    "Unreadable",
    "_unreadable",
    "_violation",
    "_violations",
    "told",
}
_WORDED = {"rule", "remedy", "said", "say", "error", "detail"}  # names and keywords that hold a sentence
_WORDING = re.compile(
    r"_fault$|_rule$|_sentence$|^_object$|^_did_you_mean$|^_with_|^_no_document$|^describe_kind$|^_checks$"
    r"|^_mismatch$|^_unknown$|^_unreadable$"
)
_TABLES = {
    "PATTERNS", "_SAID", "_CODE_LISTS", "REMEDIES", "_REQUIRED", "SUPPRESSED_RULE", "SUPPRESSED_REMEDY",
}  # fmt: skip
_PLACE = "\0"


def templates() -> dict[str, str]:
    """Each template with the module that says it."""
    found: dict[str, str] = {}
    for path in MODULES:
        for text in _of_module(ast.parse(path.read_text("utf-8"))):
            for part in text.split("|"):
                if _is_sentence(part):
                    found.setdefault(_numbered(part), str(path.relative_to(ROOT)))
    return found


def _of_module(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args) if name in _REFUSING:
                for arg in args:
                    yield from _texts(arg)
            case ast.Call(func=ast.Name(id="said"), args=[arg, *_]):
                yield from _texts(arg)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in {"rule", "remedy"}:
                        yield from _texts(value)
            case ast.keyword(arg=name, value=value) if name in _WORDED:
                yield from _texts(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _WORDED | _TABLES:
                yield from _texts(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in _TABLES:
                yield from _texts(value)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name), *_])], value=value) if (
                name in _WORDED
            ):
                yield from _texts(value)
            case ast.FunctionDef(name=name) if _WORDING.search(name):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from _texts(inner.value)
            case ast.Constant(value=str(text)) if "api.refuse(" in text:
                yield from _of_sql(text)
            case ast.JoinedStr() if "api.refuse(" in (text := _joined(node)):
                yield from _of_sql(text)


def _texts(node: ast.expr) -> Iterator[str]:
    """The sentences an expression may give."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield _joined(node)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _texts(part)
        case ast.Dict(values=parts):
            for part in parts:
                if part is not None:
                    yield from _texts(part)
        case ast.Subscript(value=value):
            yield from _texts(value)
        case ast.Call(func=ast.Name(id=name), args=args) if name.startswith("_with_"):
            for arg in args:
                yield from _texts(arg)
        case ast.Call(func=ast.Attribute(value=value), args=args):
            for part in (value, *args):
                yield from _texts(part)
        case ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp(elt=elt), *_]):
            yield from _texts(elt)


def _joined(node: ast.JoinedStr) -> str:
    return "".join(
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else _PLACE
        for part in node.values
    )


_LITERAL = r"'((?:[^']|'')*)'"
_ARGUMENT = re.compile(rf"^\s*(?:format\(\s*)?{_LITERAL}", re.DOTALL)


def _of_sql(text: str) -> Iterator[str]:
    for call in text.split("api.refuse(")[1:]:
        for argument in _arguments(call):
            found = _ARGUMENT.match(argument)
            if found:
                said = found[1].replace("''", "'")
                yield said.replace("%%", "\1").replace("%s", _PLACE).replace("\1", "%")


def _arguments(call: str) -> Iterator[str]:
    """What stands between the commas of the call itself."""
    depth, is_text, current = 0, False, ""
    for letter in call:
        is_text ^= letter == "'"
        depth += 0 if is_text else (letter == "(") - (letter == ")")
        if depth < 0:
            break
        if letter == "," and depth == 0 and not is_text:
            yield current
            current = ""
        else:
            current += letter
    yield current


def _is_sentence(text: str) -> bool:
    """Two words, or one that stands alone; no name, no pattern."""
    said = text.replace(_PLACE, " ")
    return bool(re.search(r"[a-z]{2}", said)) and (" " in text.strip() or text == "required")


def _numbered(text: str) -> str:
    places = count()
    return re.sub(_PLACE, lambda _: f"{{{next(places)}}}", text.strip())
