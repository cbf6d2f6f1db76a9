"""A claim given an event, run by pytest: who meets it is counted and shown."""

import pytest

GIVEN = (
    ("Widths, claim", "Given, Widths, claim"),
    (
        "over=Widths(64, 4096),",
        'over=Widths(64, 4096), given=Given("the network trains", at_least=0.6),',
    ),
    (
        "return width**exponent * noisy(seeds)",
        "met = np.array([seed % 9 > 0 for seed in seeds])\n"
        "    return np.where(met, width**exponent * noisy(seeds), np.nan), met",
    ),
)

EVIDENCE = """
def pytest_widthwise_evidence(config, evidence):
    found = evidence.finding
    with (config.rootpath / "records").open("a") as file:
        print(evidence.given, found.met, found.judgement.seeds, found.looks, file=file)

def pytest_widthwise_samples(config, samples):
    with (config.rootpath / "samples").open("a") as file:
        print(samples.met["claim"].sum(), samples.values["control"].shape, file=file)
"""


def test_a_conditioned_claim_is_judged_counted_and_published(lab):
    result = lab.write(*GIVEN).conftest(EVIDENCE).run()
    result.assert_outcomes(passed=7)
    said, counts = (lab.path / "records").read_text().strip().split("(", 1)
    assert said == "the network trains "
    met, rest = counts.split(") ")
    fewest = {int(count) for count in met.split(", ")}
    kept = int(rest.split(" ", 1)[0])
    assert fewest == {kept}
    assert 9 <= kept < 16
    total, *shape = (lab.path / "samples").read_text().split(" ", 1)
    assert int(total) == 5 * kept
    assert shape == ["(5, 16)\n"]


def test_a_plan_names_the_event(lab):
    result = lab.write(*GIVEN).run("--plan")
    result.stdout.re_match_lines([r"units_freeze .* ± 0.15, given that the network trains"])


def test_a_failing_verdict_says_of_whom_it_is(lab):
    result = lab.write(*GIVEN, lab.FALSE).run()
    result.stdout.re_match_lines(
        [
            r".*predicts +exponent −1 .*, given that the network trains",
            r".*seeds +\d+ of 16 meet it at every rung, at each (\d+, )+\d+, look 1",
        ]
    )


@pytest.mark.parametrize("verbose", ["-v", "-q"])
def test_too_rare_an_event_fails_by_name(lab, verbose):
    rare = (GIVEN[0], (GIVEN[1][0], GIVEN[1][1].replace("0.6", "0.99")), GIVEN[2])
    result = lab.write(*rare).run(verbose)
    result.stdout.fnmatch_lines(
        ["*of 16 replicates meet 'the network trains' at every width (*share of at least 0.99*"]
    )
    assert "the smallest width" not in result.stdout.str()
