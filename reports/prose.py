"""A claim's prose as HTML: paragraphs, lists of one level, code, and simple formulas.

Authors write plain text with the field's signs: `Θ_N`, `N^-1/2`, `e^{−ηΘt}`.
Subscripts and superscripts are set as such; everything else is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from .wording import visible

_CODE = re.compile(r"``?([^`\n]{1,200})``?")
# What follows _ or ^ is a group in braces or parentheses, or one short word. The
# base of a subscript has at most three letters, so that identifiers such as
# activations_freeze stay as they are. Bounded everywhere: linear in the text.
_SCRIPT = re.compile(
    r"(?<=[\w)\]|‖])(?:\^|(?<![A-Za-z]{4})_)"
    r"(?:\{([^{}]{1,40})\}|\(([^()]{1,40})\)|([−+-]?[\w∞]{1,4}(?:/\d{1,3})?)(?!\w))"
)


_NO_LINKS: Mapping[str, str] = {}
_WORD = re.compile(r"\w+")


def prose(text: str, links: Mapping[str, str] = _NO_LINKS) -> Markup:
    """Paragraphs separated by blank lines; lines that open with "- " make a list.

    Args:
        text: the plain text.
        links: where words that name something lead, by the word.
    """
    blocks = re.split(r"\n\s*\n", visible(text).strip())
    return Markup("\n").join(_block(block, links) for block in blocks if block.strip())


def inline(text: str, links: Mapping[str, str] = _NO_LINKS) -> Markup:
    """One line of prose: code, formulas and links, no paragraphs."""
    text = visible(text)
    parts = []
    end = 0
    for code in _CODE.finditer(text):
        parts += [_linked(text[end : code.start()], links), _code(code[1], links)]
        end = code.end()
    return Markup("").join([*parts, _linked(text[end:], links)])


def _block(block: str, links: Mapping[str, str]) -> Markup:
    lines = [line.strip() for line in block.splitlines()]
    if all(line.startswith("- ") for line in lines):
        items = (Markup("<li>{}</li>").format(inline(line[2:], links)) for line in lines)
        return Markup("<ul>{}</ul>").format(Markup("").join(items))
    return Markup("<p>{}</p>").format(inline(" ".join(lines), links))


def _code(text: str, links: Mapping[str, str]) -> Markup:
    code = Markup("<code>{}</code>").format(text)
    return _link(code, links[text]) if text in links else code


def _linked(text: str, links: Mapping[str, str]) -> Markup:
    parts = []
    end = 0
    for word in _WORD.finditer(text) if links else ():
        if word[0] in links:
            parts += [_scripts(text[end : word.start()]), _link(escape(word[0]), links[word[0]])]
            end = word.end()
    return Markup("").join([*parts, _scripts(text[end:])])


def _link(label: Markup, target: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(target, label)


def _scripts(text: str) -> Markup:
    parts = []
    end = 0
    for script in _SCRIPT.finditer(text):
        content = next(group for group in script.groups() if group is not None)
        tag = Markup("<sub>{}</sub>") if script[0][0] == "_" else Markup("<sup>{}</sup>")
        parts += [escape(text[end : script.start()]), tag.format(content.replace("-", "−"))]
        end = script.end()
    return Markup("").join([*parts, escape(text[end:])])
