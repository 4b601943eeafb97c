"""PowerShell as its grammar sees it: a parser, and the value of a literal expression."""

import re
from collections.abc import Iterator

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_powershell.language()))


def parse(text: str) -> Node:
    root = _PARSER.parse(text.encode()).root_node
    assert not root.has_error, f"not PowerShell: {text[:300]}"
    return root


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def of_type(node: Node, *types: str) -> list[Node]:
    return [found for found in walk(node) if found.type in types]


def text_of(node: Node) -> str:
    return (node.text or b"").decode()


def literal_argument(command: str) -> str | bool | int | None:
    """The value of the one argument of this command; AssertionError if it is no literal."""
    elements = [
        child
        for child in of_type(parse(command), "command_elements")[0].children
        if child.type != "command_argument_sep"
    ]
    assert len(elements) == 1, [text_of(item) for item in elements]
    return _value(elements[0])


def _value(node: Node) -> str | bool | int | None:
    while node.type not in ("string_literal", "variable", "parenthesized_expression"):
        if node.type == "decimal_integer_literal":
            return int(text_of(node))
        assert len(node.named_children) == 1, text_of(node)[:200]
        node = node.named_children[0]
    if node.type == "variable":
        return {"$null": None, "$true": True, "$false": False}[text_of(node)]
    if node.type == "string_literal":
        return _quoted(text_of(node))
    if not of_type(node, "string_literal"):
        return int(text_of(node)[1:-1])
    return _joined(node)


def _quoted(text: str) -> str:
    inside = text[1:-1]
    assert text[0] == text[-1] == "'", text[:80]
    assert "'" not in inside.replace("''", ""), text[:80]
    return inside.replace("''", "'")


def _joined(node: Node) -> str:
    """`(-join ('text', [char]0x0000, ...))`, part by part."""
    inner = [item for item in of_type(node, "parenthesized_expression") if item != node]
    assert len(inner) == 1
    assert text_of(node).startswith("(-join (")
    assert text_of(node) == f"(-join {text_of(inner[0])})"
    units = b""
    parts = [item for item in walk(inner[0]) if item.type in ("string_literal", "cast_expression")]
    for part in parts:
        text = text_of(part)
        char = re.fullmatch(r"\[char\]0x([0-9a-f]{4})", text)
        units += bytes.fromhex(char[1]) if char else _quoted(text).encode("utf-16-be")
    assert text_of(inner[0]) == f"({', '.join(text_of(part) for part in parts)})"
    return units.decode("utf-16-be", "surrogatepass")
