import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from widthwise.reports.pages.formula import DEEPEST, formula_at
from widthwise.reports.pages.prose import inline


def read_back(element):
    """A formula as LaTeX would have it, its letters and signs as they are shown."""
    parts = [read_back(child) for child in element]
    match element.tag:
        case "msub":
            return f"{parts[0]}_{{{parts[1]}}}"
        case "msup":
            return f"{parts[0]}^{{{parts[1]}}}"
        case "msubsup":
            return f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}"
        case "msqrt":
            return f"√{{{''.join(parts)}}}"
        case "mspace":
            return " "
        case _:
            return (element.text or "") + "".join(parts)


def shown(text):
    """The text with every formula between ⟦ and ⟧, lines of one formula joined by ¦."""
    html = re.sub("(?s)<math>.*?</math>", lambda m: f"⟦{read_back(ET.fromstring(m[0]))}⟧", text)
    return html.replace("⟧<wbr>⟦", "¦")


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("O(N^-1/2)", "O(N^{−1/2})"),
        ("‖Θ_T − Θ_0‖/‖Θ_0‖", "‖Θ_{T}−Θ_{0}‖/‖Θ_{0}‖"),
        ("f_0 + Θ(x,X)Θ(X,X)^-1 (Y − f_0(X))", "f_{0}+¦Θ(x,X)Θ(X,X)^{−1} (Y−f_{0}(X))"),
        ("sup_t ‖f_t − f_lin,t‖ ~ 1/N", "sup_{t} ‖f_{t}−f_{lin,t}‖∼¦1/N"),
        ("f(θ_0 + δu)", "f(θ_{0}+δu)"),
        ("½ ∂²f/∂δ²", "½ ∂^{2}f/∂δ^{2}"),
        ("e^{−ηΘt}", "e^{−ηΘt}"),
        ("N^{1/4}", "N^{1/4}"),
        ("ΘΘ⁻¹Y", "ΘΘ^{−1}Y"),
        ("√(2π det H)", "√{2π det H}"),
        ("√N", "√{N}"),
        ("w_i^2", "w_{i}^{2}"),
        ("N^-½ log N", "N^{−½} log N"),
        ("5·10⁻⁶", "5·10^{−6}"),
        ("2^-n", "2^{−n}"),
        ("N^0.92", "N^{0.92}"),
        ("P(|cos|>τ)", "P(|cos|>τ)"),
        ("(v_i·Y)²λ_i", "(v_{i}·Y)^{2}λ_{i}"),
        ("Θ_∞", "Θ_{∞}"),
        ("rms_x", "rms_{x}"),
        ("x_{a < b}", "x_{a<b}"),
        ("x_{two words}", "x_{two words}"),
        ("N = 64", "N=64"),
        ("1/N", "1/N"),
        ("Θ", "Θ"),
        ("N", "N"),
        ("RΘ = ΘR", "RΘ=ΘR"),
    ],
)
def test_formulas_are_set(text, formula):
    assert shown(inline(text)) == f"⟦{formula}⟧"
    amid = shown(inline(f"Of {text}, see ({text}).")).replace("¦", "")
    assert amid.count(formula.replace("¦", "")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "activations_freeze, lazy_gap and is_even",
        "in μP every unit moves; a unit, I think",
        "e.g. a t-test, i.e. the x-axis, w/o I/O and/or A/B",
        "from .3 to −.35 at 64…4096, in [1.98, 2.02], 1e-3",
        "task A, then B; section 3",
        "x_1_2 and 2^ and _ and (",
        "a^b^c",
        "N^{" + "x" * 41 + "}",
        "‖θ",
        "x_too_long_a_name",
    ],
)
def test_words_and_plain_numbers_stay_as_they_are(text):
    assert "<math" not in inline(text)


def test_a_formula_ends_where_words_begin():
    text = "that f_0 (as a N^-1/2 law) says log N units, O(1/N)-close"
    assert shown(inline(text)) == (
        "that ⟦f_{0}⟧ (as a ⟦N^{−1/2}⟧ law) says ⟦log N⟧ units, ⟦O(1/N)⟧-close"
    )


def test_letters_are_told_from_names_and_capital_greek_stands_upright():
    html = inline("sup_t Θ_T")
    assert '<mi mathvariant="normal">sup</mi>' in html
    assert '<mi mathvariant="normal">Θ</mi>' in html
    assert "<mi>T</mi>" in html


def test_groups_nest_only_so_deep():
    def nested(depth):
        return "(" * depth + "x_0" + ")" * depth

    assert formula_at(nested(DEEPEST), 0) is not None
    assert formula_at(nested(DEEPEST + 1), 0) is None


@given(st.text("aNΘθ01_^{}()[]|‖√∂−-+/·=<>&\"' ,.²⁻⁻¹½~`", max_size=60))
@example("<math>_0 & x_{<script>}")
def test_whatever_is_written_the_html_is_well_formed_and_loses_nothing(text):
    root = ET.fromstring(f"<p>{inline(text)}</p>".replace("<wbr>", "<wbr/>"))
    allowed = {"p", "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup",
               "msubsup", "msqrt", "wbr", "code"}  # fmt: skip
    assert {element.tag for element in root.iter()} <= allowed
    letters = re.sub("[^aNΘθ]", "", "".join(root.itertext()))
    assert letters == re.sub("[^aNΘθ]", "", text)


@pytest.mark.parametrize("number", ["4.34e+12", "2.75e-05", "2.75e−05"])
def test_a_number_with_a_power_of_ten_is_a_number(number):
    assert str(inline(f"limit {number} in")) == f"limit {number} in"
