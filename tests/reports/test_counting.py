import pytest

from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.counting import headline, sentences, shares


@pytest.fixture
def mixed(record, finding):
    """Claims of every provenance; one that was made has two cases, one of them inconclusive."""
    unsure = finding(-0.4, Verdict.INCONCLUSIVE, Verdict.SUPPORTED)
    return [
        record("checks", provenance=Provenance.INSTRUMENT),
        record("says", variant="sphere"),
        record("says", variant="digits", finding=unsure),
        record("needs", topic="another", provenance=Provenance.BACKGROUND),
        record("follows", provenance=Provenance.IMPLIED),
        record("needs_too", provenance=Provenance.BACKGROUND),
    ]


def test_what_was_made_or_implied_is_counted_first_by_claim_the_worst_case_counting(mixed):
    first = headline(mixed)
    assert first.argued
    assert [entry.record.claim for entry in first.entries] == ["follows", "says"]
    assert (first.as_declared, first.verdicts) == (1, 6)
    assert first.error_bound == pytest.approx(6 * 5e-6)
    assert [share.title for share in shares(mixed)] == [
        "made or implied", "background", "instruments"
    ]  # fmt: skip


def test_the_sentences_state_the_error_bound_for_what_was_argued_and_for_all(mixed):
    assert sentences(mixed) == [
        "made or implied: 2 claims in 3 cases: 1 supported, 1 inconclusive",
        "background: 2 claims: 2 supported",
        "instruments: 1 claim: 1 supported",
        "any of the 6 verdicts on what was made or implied wrong with probability at most 3e-05",
        "any of all 12 verdicts, controls included, wrong with probability at most 6e-05, "
        "given D and the data",
    ]


def test_without_anything_that_was_argued_the_rest_is_counted(record):
    first = headline([record(provenance=Provenance.INSTRUMENT)])
    assert (first.title, first.argued, first.as_declared) == ("instruments", False, 1)
    assert headline([]) is None
