"""`--plan`: what a run would measure, and nothing measured."""

import pytest


def test_a_plan_names_every_claim_and_measures_nothing(lab):
    result = lab.write().conftest(lab.EVIDENCE_FILE).run("--plan")
    assert result.ret == 0
    result.stdout.re_match_lines(
        [
            r"claim +cases +measured at +about +what is predicted",
            r"units_freeze +1 +width 64 … 1024 +not known +exponent −0.5 ± 0.15",
            r"1 claim, 1 case and as many controls, at 16, 32, 64 seeds as needed",
        ]
    )
    assert not lab.path.joinpath("records").exists()
    assert not lab.path.joinpath("evidence").exists()
    result.assert_outcomes()


def test_a_plan_knows_what_an_earlier_run_took(lab):
    lab.write().run()
    result = lab.run("--plan")
    result.stdout.re_match_lines([r"units_freeze +1 +width 64 … 1024 +\d+ s +exponent.*"])


def test_declared_noise_says_how_many_seeds_it_takes(lab):
    lab.write(("over=Widths(64, 4096)", "over=Widths(64, 4096), noise=0.02"))
    result = lab.run("--plan")
    result.stdout.re_match_lines([r"units_freeze .* ± 0.15; noise 0.02 takes \d+ seeds"])


@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_a_plan_is_of_the_effort_that_is_asked_for(lab, effort):
    result = lab.write().run("--plan", "--effort", effort)
    last = {"quick": 1024, "standard": 4096}[effort]
    result.stdout.re_match_lines([rf"units_freeze +1 +width 64 … {last} .*"])


def test_a_plan_without_claims_says_so(lab):
    lab.write()
    result = lab.run("--plan", "-k", "nothing")
    result.stdout.fnmatch_lines(["no claim is selected"])


def test_workers_make_no_plan(lab):
    result = lab.write().run("--plan", "-n", "2")
    assert result.ret != 0
    result.stderr.fnmatch_lines(["*--plan measures nothing: leave out -n*"])
