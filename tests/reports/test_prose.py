import time

import pytest
from markupsafe import escape

from widthwise.reports.prose import inline, prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("O(N^-1/2)", "O(N<sup>−1/2</sup>)"),
        ("h_T − h_0", "h<sub>T</sub> − h<sub>0</sub>"),
        ("rms_x e^{−ηΘt}", "rms<sub>x</sub> e<sup>−ηΘt</sup>"),
        ("Θ_∞ and ‖w‖^2", "Θ<sub>∞</sub> and ‖w‖<sup>2</sup>"),
        ("activations_freeze lazy_gap", "activations_freeze lazy_gap"),
        ("`x_0 < y` and ``z``", "<code>x_0 &lt; y</code> and <code>z</code>"),
        ("a <b> & 'c'", str(escape("a <b> & 'c'"))),
        ("x_{<b>}", "x<sub>&lt;b&gt;</sub>"),
    ],
)
def test_formulas_and_code_are_set_and_the_rest_is_escaped(text, html):
    assert inline(text) == html


def test_blank_lines_separate_paragraphs_and_dashes_make_lists():
    assert prose("One\nline.\n\n- a\n- b_0\n\nTwo.") == (
        "<p>One line.</p>\n<ul><li>a</li><li>b<sub>0</sub></li></ul>\n<p>Two.</p>"
    )


def test_no_text_is_no_paragraph():
    assert prose(" \n\n ") == ""


@pytest.mark.parametrize("unit", ["a", "_", "^", "a_", "`", "x_{", "x^(", "\n\n", "- "])
def test_long_hostile_text_takes_linear_time(unit):
    def seconds(length):
        began = time.process_time()
        prose(unit * length)
        return time.process_time() - began

    # Quadratic work would take minutes here, linear work takes a tenth of a second.
    assert seconds(200_000) < 20
