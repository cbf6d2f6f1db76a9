"""Formulas of plain text, set as MathML.

Claims are written to be read as they stand, in the field's own signs: `Θ_T − Θ_0`,
`N^-1/2`, `e^{−ηΘt}`, `‖w‖²`, `√(1−u²)`. `formula_at` finds such a formula where a
word begins and sets it; whatever it does not understand as a whole stays text:

    formula = term (operator term)*       f_0 + Θ(x,X)Θ(X,X)^-1
    term    = factor factor …             Θ(X,X)^-1 (Y − f_0(X)), ∂²f, 3δ
    factor  = atom scripts                N^-1/2, θ_0, ‖w‖²
    atom    = number | letters | group | sign factor

An attempt reads at most `LONGEST` characters and nests at most `DEEPEST` groups, so
that no text takes more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

LONGEST = 160
DEEPEST = 8
_UNBROKEN = 24  # characters; a longer formula may be broken behind its operators

_NAMES = {
    "sup", "inf", "max", "min", "lim", "log", "exp", "sin", "cos", "tanh", "arccos", "erf", "sign",
    "rms", "var", "Var", "Cov", "tr", "det", "rank", "diag", "argmax", "argmin", "eps", "lr",
}  # fmt: skip
_NAME_ENDS = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(_NAMES))})$")
_NOT_FORMULAS = {"μP"}  # a parametrization's name
_WORDS = frozenset("aABCI")  # letters that stand alone in English, or name a task

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+−]?\d+)?|\.\d+|[½⅓⅔¼¾]")
_LETTERS = re.compile(r"[A-Za-z\u0370-\u03ff]+")
_OPERATOR = re.compile(r" ?([-+−±·×∘/=~∼≈≠≡≤≥<>≪≫∝→∈]) ?")
_SEPARATOR = re.compile(r"([,;]) ?")
_DECISIVE = frozenset("=~∼≈≠≡≤≥<>≪≫∝→∈·∘")  # operators that plain prose does not have
_SUMS = "−-+±"
_SIGNS = _SUMS + "∂∇√∑∏"
_GROUPS = {"(": ")", "[": "]", "{": "}", "‖": "‖", "|": "|"}
_SUBSCRIPT = re.compile(
    r"_(?:\{([^{}]{1,40})\}"
    r"|([A-Za-z\u0370-\u03ff\d]{1,8}(?:,[A-Za-z\d]{1,2}(?![\w(^]))?(?!\w)|∞))"
)
_SUPERSCRIPT = re.compile(
    r"\^(?:\{([^{}]{1,40})\}|\(([^()]{1,40})\)"
    r"|([-−+]?(?:\d+(?:/\d+|\.\d+)?|\.\d+|[½⅓¼∞*†]|[A-Za-z\u0370-\u03ff]{1,4}(?!\w))))"
)
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵀ", "0123456789+−nT", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₙ", "0123456789+−ijn", strict=True))
_SMALL = re.compile(f"([{''.join(_RAISED)}]+)|([{''.join(_LOWERED)}]+)")
_CAPITAL = re.compile(r"[D-HJ-NP-Z]")
_ENDS = re.compile(r"[.!?:]?(?:[)\]}\"'”’]|\s|$)|[,;…—–]")
_JOINS = re.compile(r"-[A-Za-z]")
_ROOT = Markup("<msqrt>{}</msqrt>")
_THIN = Markup('<mspace width=".17em"></mspace>')


@dataclass(frozen=True)
class Formula:
    """What was read as a formula.

    Attributes:
        end: where in the text it ends.
        html: the formula as MathML, with places where a long one may be broken; as it
            was written where it might as well be words or plain numbers.
    """

    end: int
    html: Markup


@dataclass(frozen=True)
class _Part:
    """A term or an operator.

    Attributes:
        html: as MathML.
        certain: whether it can be nothing but part of a formula.
        breakable: whether a line may end behind it.
    """

    html: Markup
    certain: bool
    breakable: bool = False


class _NoFormulaError(Exception):
    """The text at hand is no formula."""


def formula_at(text: str, start: int) -> Formula | None:
    """What begins at `start`, where a word begins, and reads as a formula; None if nothing does."""
    reader = _Reader(text[start : start + LONGEST])
    try:
        parts = reader.formula()
    except _NoFormulaError:
        return None
    source, end = reader.text[: reader.at], start + reader.at
    follows = text[end : end + 2]
    ended = _ENDS.match(follows) or (len(source) > 1 and _JOINS.match(follows))
    if not ended or not (_is_certain(parts) or _is_symbolic(source, parts)):
        return Formula(end, escape(source))
    return Formula(end, Markup("<wbr>").join(map(_math, _lines(source, parts))))


def _is_certain(parts: Iterable[_Part]) -> bool:
    return any(part.certain for part in parts)


def _is_symbolic(source: str, parts: list[_Part]) -> bool:
    """Whether it is a letter that is no word (N), or an expression of such (1/N)."""
    if len(parts) == 1:
        return len(source) == 1 and _is_letter(source)
    return _CAPITAL.search(source) is not None


def _is_letter(sign: str) -> bool:
    return sign.isalpha() and sign not in _WORDS


def _lines(source: str, parts: list[_Part]) -> Iterator[list[_Part]]:
    """What must stay on one line: a short formula whole, else up to a sum or a relation."""
    line: list[_Part] = []
    for part in parts:
        line.append(part)
        if part.breakable and len(source) > _UNBROKEN:
            yield line
            line = []
    yield line


def _math(parts: Iterable[_Part]) -> Markup:
    return Markup("<math>{}</math>").format(_row(parts))


def _row(parts: Iterable[_Part]) -> Markup:
    return Markup("").join(part.html for part in parts)


class _Reader:
    """Reads a formula from the start of a text; `at` is how far it came."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._open: list[str] = []  # what closes the groups that are open, innermost last

    def formula(self) -> list[_Part]:
        """Terms and operators in turn, up to what is no longer part of the formula."""
        parts = [self._term()]
        while found := _OPERATOR.match(self.text, self.at):
            before = self.at
            self.at = found.end()
            try:
                term = self._term()
            except _NoFormulaError:
                self.at = before
                break
            parts += [_operator(found[1]), term]
        return parts

    def _term(self) -> _Part:
        began = self.at
        factors = [self._factor()]
        while (factor := self._next_factor(began)) is not None:
            factors.append(factor)
        # Letters and groups that touch are products and applications: 2N, f(x).
        return _Part(_row(factors), len(factors) > 1 or _is_certain(factors))

    def _next_factor(self, began: int) -> _Part | None:
        before, depth = self.at, len(self._open)
        spaced = self.text.startswith(" ", before)
        following = self.text[before + spaced : before + spaced + 1]
        closes = self._open[-1:] == [following]
        if closes or following in _SUMS or (spaced and self.text[began:before] in _WORDS):
            return None  # the end of a group, a sum, or an article in front of a formula
        self.at += spaced
        try:
            factor = self._factor()
        except _NoFormulaError:
            factor = None
        argument = _NAME_ENDS.search(self.text, began, before) and _is_letter(following)
        name = self.text[before + spaced : self.at] in _NAMES
        if factor is None or (spaced and not (factor.certain or argument or name)):
            self.at = before
            del self._open[depth:]
            return None
        return _Part(_THIN + factor.html, factor.certain) if spaced else factor

    def _factor(self) -> _Part:
        atom = self._atom()
        scripts: dict[str, Markup] = {}
        while script := self._script():
            place, content = script
            if place in scripts:
                raise _NoFormulaError
            scripts[place] = content
        if not scripts:
            return atom
        tag = Markup("m" + "".join(sorted(scripts)))
        content = Markup("").join(scripts[place] for place in sorted(scripts))
        html = Markup("<{0}>{1}{2}</{0}>").format(tag, _grouped(atom.html), content)
        return _Part(html, certain=True)

    def _script(self) -> tuple[str, Markup] | None:
        if found := self._take(_SMALL):
            plain = "".join((_RAISED | _LOWERED)[sign] for sign in found[0])
            return "sup" if found[1] else "sub", _script_content(plain)
        for pattern, place in ((_SUBSCRIPT, "sub"), (_SUPERSCRIPT, "sup")):
            if found := self._take(pattern):
                return place, _script_content(next(filter(None, found.groups())))
        return None

    def _atom(self) -> _Part:
        if found := self._take(_NUMBER):
            return _Part(Markup("<mn>{}</mn>").format(found[0]), certain=False)
        if found := self._take(_LETTERS):
            return _letters(found[0])
        sign = self.text[self.at : self.at + 1]
        self.at += 1
        if sign in _GROUPS:
            return self._group(sign)
        if sign == "∞":
            return _Part(Markup("<mi>∞</mi>"), certain=True)
        if sign and sign in _SIGNS:
            return self._signed(sign)
        raise _NoFormulaError

    def _signed(self, sign: str) -> _Part:
        head = Markup('<mo form="prefix">{}</mo>').format(sign.replace("-", "−"))
        if sign in "∂∇" and (script := self._script()):  # ∂²f
            head = Markup("<m{0}>{1}{2}</m{0}>").format(script[0], head, script[1])
        if sign == "√" and self.text.startswith("(", self.at):
            self.at += 1  # the bar of the root says what the parentheses said
            return _Part(_ROOT.format(_row(self._inside(")"))), certain=True)
        self._enter("")
        operand = self._factor()
        self._open.pop()
        if sign == "√":
            return _Part(_ROOT.format(operand.html), certain=True)
        return _Part(head + operand.html, operand.certain or sign not in _SUMS)

    def _group(self, opening: str) -> _Part:
        closing = _GROUPS[opening]
        parts = self._inside(closing)
        fence = Markup('<mo{} stretchy="false">{}</mo>').format
        # Parentheses are known to open and to close by themselves; bars are not.
        begins, ends = _BAR_FORMS if opening in "‖|" else ("", "")
        html = fence(begins, opening) + _row(parts) + fence(ends, closing)
        return _Part(Markup("<mrow>{}</mrow>").format(html), opening in "‖|" or _is_certain(parts))

    def _inside(self, closing: str) -> list[_Part]:
        self._enter(closing)
        parts = self.formula()
        while found := self._take(_SEPARATOR):
            parts += [_Part(Markup("<mo>{}</mo>").format(found[1]), certain=False)]
            parts += self.formula()
        if not self.text.startswith(closing, self.at):
            raise _NoFormulaError
        self.at += 1
        self._open.pop()
        return parts

    def _enter(self, closing: str) -> None:
        self._open.append(closing)
        if len(self._open) > DEEPEST:
            raise _NoFormulaError

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found


def _operator(sign: str) -> _Part:
    shown = {"-": "−", "~": "∼"}.get(sign, sign)
    breakable = sign not in "·×∘/"  # what may begin a line has to be told that it is no prefix
    how = Markup(' lspace="0" rspace="0"' if sign == "/" else ' form="infix"' * breakable)
    return _Part(Markup("<mo{}>{}</mo>").format(how, shown), sign in _DECISIVE, breakable)


def _letters(run: str) -> _Part:
    """A name (log), or a product of letters (ηΘt); a run of Latin letters is a word."""
    if run in _NAMES:
        return _Part(Markup('<mi mathvariant="normal">{}</mi>').format(run), certain=False)
    latin = sum(letter.isascii() for letter in run)
    if run in _NOT_FORMULAS or len(run) > 4 or latin > 2 or (latin == len(run) and latin > 1):
        raise _NoFormulaError
    return _Part(Markup("").join(map(_letter, run)), certain=latin < len(run))


def _letter(letter: str) -> Markup:
    # Capital Greek letters stand upright, all others slant, as in print.
    upright = Markup(' mathvariant="normal"') if "Α" <= letter <= "Ω" else Markup("")
    return Markup("<mi{}>{}</mi>").format(upright, letter)


def _script_content(text: str) -> Markup:
    """What a script says: formulas where they are, otherwise words as they stand."""
    return _grouped(Markup("<mo>,</mo>").join(map(_formula_or_words, text.split(","))))


def _grouped(html: Markup) -> Markup:
    """One element, whatever stands in it."""
    return html if _TOKEN.fullmatch(html) else Markup("<mrow>{}</mrow>").format(html)


_TOKEN = re.compile(r"<(mi|mn|mtext)(?: [^<>]*)?>[^<]*</\1>")
_BAR_FORMS = Markup(' form="prefix"'), Markup(' form="postfix"')


def _formula_or_words(text: str) -> Markup:
    reader = _Reader(text)
    try:
        parts = reader.formula()
    except _NoFormulaError:
        parts = []
    if not parts or reader.at < len(text):
        return Markup("<mtext>{}</mtext>").format(text.replace("-", "−"))
    return _row(parts)
