"""A claim's prose as HTML: paragraphs, lists of one level, code, formulas.

Authors write plain text with the field's signs: `Θ_N`, `N^-1/2`, `e^{−ηΘt}`. Formulas
are set as MathML (see `formula`), what stands between backticks is code and is left as
it is; everything is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from ..wording import visible
from .formula import formula_at

_CODE = re.compile(r"``?([^`\n]{1,200})``?")
_LONGER_THAN_WORDS = re.compile(r"([^\s-]{32})")
_NO_LINKS: Mapping[str, str] = {}
_WORD = re.compile(r"\w+")
_WORD_BEGINS = re.compile(r"(?:^|(?<=[\s(\[\"“‘—–])|(?<=\s'))\S")  # not the s of "a task's"


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


def name(text: str) -> Markup:
    """An identifier that may be broken behind its underscores, and nowhere in its words.

    What is longer than any word may be broken anywhere, so that no table outgrows the page.
    """
    parts = (_LONGER_THAN_WORDS.split(part) for part in visible(text).split("_"))
    return Markup("_<wbr>").join(
        Markup("<wbr>").join(map(escape, filter(None, part))) for part in parts
    )


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
            parts += [_formulas(text[end : word.start()]), _link(escape(word[0]), links[word[0]])]
            end = word.end()
    return Markup("").join([*parts, _formulas(text[end:])])


def _link(label: Markup, target: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(target, label)


def _formulas(text: str) -> Markup:
    parts = []
    end = 0
    for word in _WORD_BEGINS.finditer(text):
        if word.start() >= end and (formula := formula_at(text, word.start())) is not None:
            parts += [escape(text[end : word.start()]), formula.html]
            end = formula.end
    return Markup("").join([*parts, escape(text[end:])])
