import time

import pytest
from markupsafe import escape

from widthwise.reports.pages.prose import inline, prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`x_0 < y` and ``z``", "<code>x_0 &lt; y</code> and <code>z</code>"),
        ("an <b> & 'word'", str(escape("an <b> & 'word'"))),
        ("activations_freeze", "activations_freeze"),
        ("the task's distance", str(escape("the task's distance"))),
    ],
)
def test_code_is_left_alone_and_everything_is_escaped(text, html):
    assert inline(text) == html


def test_a_word_that_names_something_links_to_it_amid_formulas():
    html = inline("f_0 as in units_freeze, N^-1", {"units_freeze": "#units_freeze"})
    assert '<a href="#units_freeze">units_freeze</a>' in html
    assert html.count("<math>") == 2


def test_blank_lines_separate_paragraphs_and_dashes_make_lists():
    assert prose("One\nline.\n\n- first\n- second\n\nTwo.") == (
        "<p>One line.</p>\n<ul><li>first</li><li>second</li></ul>\n<p>Two.</p>"
    )


def test_no_text_is_no_paragraph():
    assert prose(" \n\n ") == ""


@pytest.mark.parametrize(
    "unit", ["a", "_", "^", "a_", "`", "x_{", "x^(", "(", "x + ", "|", "√", "Θ ", "\n\n", "- "]
)
def test_long_hostile_text_takes_linear_time(unit):
    def seconds(length):
        began = time.process_time()
        prose(unit * length)
        return time.process_time() - began

    # Quadratic work would take minutes here, linear work takes a second.
    assert seconds(50_000) < 20
