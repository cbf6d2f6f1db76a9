"""A claim's docstring is its section of the page."""

import pytest

from widthwise.harness.terms.docstring import prose


def test_summary_and_sections():
    said = prose(
        """Hidden units stand still
        while the output learns.

        Statement
            After training, the units move
            by O(N^-1/2).

            The output moves by O(1).
        Does not show:
            Anything about the largest unit.
        """
    )
    assert said.summary == "Hidden units stand still while the output learns."
    assert said.sections == {
        "Statement": "After training, the units move by O(N^-1/2).\n\nThe output moves by O(1).",
        "Does not show": "Anything about the largest unit.",
    }


@pytest.mark.parametrize("text", ["Units freeze.", "\n    Units freeze.\n    ", "Units\nfreeze."])
def test_a_summary_alone(text):
    assert prose(text).summary == "Units freeze."
    assert prose(text).sections == {}


def test_text_without_a_heading_opens_the_statement():
    said = prose("Units freeze.\n\nAll of them.\n\nStatement\n    In rms.\n")
    assert said.sections == {"Statement": "All of them.\n\nIn rms."}
    assert prose("Units freeze.\n\nAll of them.").sections == {"Statement": "All of them."}


def test_deeper_indentation_belongs_to_its_section():
    said = prose("Units freeze.\n\nTolerance\n    .07:\n      the next order.\n")
    assert said.sections == {"Tolerance": ".07: the next order."}


def test_nothing_said():
    assert prose("") == prose("   \n ")
    assert prose("").summary == ""
