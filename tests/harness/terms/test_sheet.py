import pytest

from widthwise.harness.terms.sheet import Sheet
from widthwise.harness.terms.verdict import Verdict


def sheet(**other):
    usual = {"name": "check", "title": "a check", "table": (("a", "b"), ("c", "d"))}
    return Sheet(verdict=Verdict.SUPPORTED, sentences=(), note="", **(usual | other))


@pytest.mark.parametrize("name", ["", "../x", "a b", "ä", "a.html"])
def test_a_name_that_is_no_file_is_refused(name):
    with pytest.raises(ValueError, match="the name of a file is an identifier"):
        sheet(name=name)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="rows of the table differ in length"):
        sheet(table=(("a", "b"), ("c",)))
    assert sheet(table=()).drawing is None
