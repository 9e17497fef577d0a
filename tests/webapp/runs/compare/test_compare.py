"""The page that compares runs."""

import json
import re

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse

from engine import Dense
from engine.optimizers import Momentum
from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_spec
from webapp.runs.compare.curves import Curves, band, curves_of, rounded, spread
from webapp.runs.compare.differences import differences, title_of
from webapp.runs.compare.metrics import groups_by
from webapp.runs.history.columns import pack
from webapp.runs.models import Attempt, Chunk, Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
COMPARE = reverse("runs:compare")


@pytest.fixture(autouse=True)
def _nothing_remembered(redis_server):
    cache.clear()


@pytest.fixture
def version(owner):
    return a_version(owner=owner, name="Digits")


def with_history(run, steps=40, epochs=4, level=0.0):
    """A history whose cost falls and whose dev error is level + 1 / epoch."""
    Attempt.objects.create(run=run, number=run.attempt)
    number = np.arange(1, epochs + 1)
    columns = pack(
        {"cost": level + 1 / np.arange(1, steps + 1), "seconds": np.arange(steps) / 10},
        {
            "epoch": number,
            "step": number * (steps // epochs),
            "train_cost": number * 0.0,
            "train_error": level + 0.5 / number,
            "dev_cost": number * 0.0,
            "dev_error": level + 1 / number,
        },
    )
    Chunk.objects.create(
        run=run, attempt=run.attempt, sequence=1, first_step=1, n_steps=steps, columns=columns
    )
    return run


@pytest.fixture
def three(owner, version):
    """Learning rates 0.1, 0.1, 0.001 with seeds 0, 1, 0."""
    return [
        with_history(
            a_run(
                a_spec(learning_rate=rate, seed=seed),
                owner=owner,
                version=version,
                name=f"run {best}",
                state="finished",
                best_dev_error=best,
                dev_error=best,
                train_error=best / 2,
            ),
            level=best,
        )
        for rate, seed, best in ((0.1, 0, 0.2), (0.1, 1, 0.4), (0.001, 0, 0.1))
    ]


def show(client, runs, **asked):
    keys = ",".join(str(getattr(run, "pk", run)) for run in runs)
    return client.get(COMPARE, {"runs": keys, **asked})


def figure(answer, name):
    return json.loads(re.search(rf'<script id="compare-{name}-figure"[^>]*>(.*?)</script>', answer.text)[1])


class TestDifferences:
    def test_only_what_differs_is_told_in_the_words_of_the_form(self, owner, version):
        specs = [
            a_spec(),
            a_spec(optimizer=Momentum(), layers=(Dense(units=8, activation="tanh"), Dense(units=4))),
        ]
        found = {
            one.title: one.words
            for one in differences([a_run(spec, owner=owner, version=version) for spec in specs])
        }
        assert found["Hidden layers 1: Units"] == ["4", "8"]
        assert found["Hidden layers 1: Activation"] == ["ReLU", "tanh"]
        assert found["Hidden layers 2: Units"] == ["–", "4"]
        assert found["Optimizer"] == ["Adam", "Momentum"]
        assert found["Optimizer: Beta"] == ["–", "0.9"]
        assert "Learning rate" not in found
        assert "Hidden layers 2" not in found
        assert "Dataset" not in found

    def test_another_version_of_the_dataset_is_a_difference(self, owner, version):
        other = a_version(owner=owner, name="Wine")
        runs = [a_run(owner=owner, version=version), a_run(owner=owner, version=other)]
        assert [(one.title, one.words) for one in differences(runs)] == [
            ("Dataset", ["Digits, version 1", "Wine, version 1"])
        ]

    @pytest.mark.parametrize(
        ("name", "values", "words"),
        [
            ("learning_rate", [0.033206506852605004, 1e-5], ["0.0332065", "1e-5"]),
            ("learning_rate", [0.033206506852605, 0.0332065], ["0.033206506852605", "0.0332065"]),
            ("batch_size", [100000, 64], ["100,000", "64"]),
            ("seed", [2**53 - 1, None], ["9,007,199,254,740,991", "–"]),
        ],
    )
    def test_numbers_are_told_at_a_glance_and_apart(self, owner, version, name, values, words):
        runs = [a_run(owner=owner, version=version) for _ in values]
        for run, value in zip(runs, values, strict=True):
            run.spec[name] = value
        found = {one.path: one for one in differences(runs)}
        assert (found[name].words, found[name].values) == (words, values)

    def test_a_path_that_no_form_knows_is_its_own_title(self):
        assert title_of("of.another.time") == "of.another.time"


class TestPage:
    def test_curves_results_and_differences_of_the_runs(self, as_owner, three):
        answer = show(as_owner, three, x="step")
        names = [trace["name"] for trace in figure(answer, "cost")["data"]]
        assert names == [f"{run.pk}: {run.name}" for run in three]
        assert figure(answer, "cost")["data"][0]["x"][-1] == 40
        assert figure(answer, "error")["data"][0]["y"] == [1.2, 0.7, 0.53333, 0.45]
        assert "20.00 %" in answer.text
        rates = next(row for row in answer.context["table"] if row["title"] == "Learning rate")
        assert [text for text, _ in rates["cells"]] == ["0.1", "0.1", "0.001"]
        assert {row["title"] for row in answer.context["table"]} == {"Learning rate", "Seed"}

    @pytest.mark.parametrize(("x", "last"), [("step", 40), ("epoch", 4), ("time", 3.9), ("nonsense", 4)])
    def test_the_curves_lie_over_steps_epochs_or_time(self, as_owner, three, x, last):
        for name in ("cost", "error"):
            drawn = figure(show(as_owner, three, x=x), name)
            assert drawn["data"][0]["x"][-1] == pytest.approx(last)

    def test_differences_from_a_baseline_are_told_by_arrows_and_words(self, as_owner, three):
        answer = show(as_owner, three, baseline=three[0].pk)
        first, second, third = (row["cells"][0].change for row in answer.context["rows"])
        assert (first, second, third) == ("", "▲ 20.00 % worse", "▼ 10.00 % better")
        assert "≠&nbsp;0.001" in answer.text
        assert figure(answer, "error")["data"][0]["line"]["width"] == 3

    def test_groups_have_mean_spread_and_range(self, as_owner, three):
        answer = show(as_owner, three, group="learning_rate")
        group = answer.context["groups"][0]
        assert group.name == "Learning rate 0.1"
        assert (group.mean, group.deviation) == ("30.00 %", "14.14 %")
        assert (group.least, group.most) == ("20.00 %", "40.00 %")
        means = [trace for trace in figure(answer, "error")["data"] if trace.get("name")]
        assert [trace["name"] for trace in means] == ["Learning rate 0.1", "Learning rate 0.001"]
        assert means[0]["y"][0] == pytest.approx(1.3)

    def test_htmx_gets_the_comparison_alone(self, as_owner, three):
        answer = as_owner.get(COMPARE, {"runs": three[0].pk}, headers={"HX-Request": "true"})
        assert "<html" not in answer.text
        assert 'id="comparison"' in answer.text

    def test_runs_without_history_or_results_are_shown_all_the_same(self, as_owner, owner, version):
        runs = [a_run(a_spec(seed=seed), owner=owner, version=version) for seed in range(2)]
        for asked in ({}, {"group": "seed", "baseline": runs[0].pk}):
            assert show(as_owner, runs, **asked).status_code == 200

    def test_the_same_configuration_twice_is_said(self, as_owner, owner, version):
        runs = [a_run(owner=owner, version=version) for _ in range(2)]
        assert "same configuration" in show(as_owner, runs).text


class TestWhatCannotBeCompared:
    def test_runs_of_others_and_runs_that_are_gone_are_counted_and_the_rest_compared(
        self, as_owner, three, outsider
    ):
        theirs = a_run(owner=outsider, version=three[0].version, name="secret")
        Run.objects.filter(pk=three[2].pk).update(deleted="2026-01-01T00:00Z")
        answer = show(as_owner, [three[0], theirs, three[1], three[2], 10**17, "x<b>"])
        assert answer.context["selection"].runs == three[:2]
        assert f"{theirs.pk}, {three[2].pk}, {10**17}" in answer.text
        assert "3 runs left out" in answer.text
        assert "x&lt;b&gt;" in answer.text
        assert "secret" not in answer.text

    def test_more_than_a_hundred_are_cut_and_said(self, as_owner, owner, version):
        spec = a_spec().model_dump(mode="json")
        runs = [Run(owner=owner, version=version, name=str(i), spec=spec) for i in range(102)]
        Run.objects.bulk_create(runs)
        keys = list(Run.objects.values_list("pk", flat=True))
        answer = show(as_owner, keys)
        assert [run.pk for run in answer.context["selection"].runs] == keys[:100]
        assert "2 more were left out" in answer.text

    @pytest.mark.parametrize("runs", ["", ",,", "0", "x"])
    def test_nothing_to_compare_says_what_to_do(self, as_owner, runs):
        answer = as_owner.get(COMPARE, {"runs": runs})
        assert answer.status_code == 200
        assert "press Compare" in answer.text

    def test_the_list_leads_here(self, as_owner, three):
        posted = {"action": "compare", "run": [three[0].pk, three[1].pk]}
        answer = as_owner.post(reverse("runs:bulk"), posted)
        assert answer.url == f"{COMPARE}?runs={three[1].pk},{three[0].pk}"


class TestCurves:
    def test_a_hundred_long_runs_together_stay_below_half_a_megabyte(self, as_owner, owner, version):
        runs = [
            with_history(
                a_run(a_spec(seed=seed), owner=owner, version=version, name="Digits, 64-32, Adam 0.001"),
                steps=400,
                epochs=100,
                level=seed / 7,
            )
            for seed in range(100)
        ]
        for asked in ({}, {"group": "seed"}):
            answer = show(as_owner, runs, x="time", **asked)
            drawn = [len(json.dumps(figure(answer, name))) for name in ("cost", "error", "parallel")]
            assert sum(drawn) < 500_000

    def test_a_run_that_ended_is_read_once(self, three, django_assert_num_queries):
        first = curves_of(three)
        with django_assert_num_queries(0):
            again = curves_of(three)
        for run in three:
            for name in Curves._fields:
                np.testing.assert_equal(getattr(first[run.pk], name), getattr(again[run.pk], name))

    def test_what_is_left_out_is_never_the_best_nor_the_last(self):
        values = np.ones(1000)
        values[334] = 0
        kept = spread(1000, 10, values)
        assert len(kept) == 11
        assert {0, 334, 999} <= set(kept)

    def test_a_gap_stays_a_gap(self):
        assert rounded(np.array([1.234567, np.nan])) == [1.2346, None]

    def test_a_band_covers_what_all_of_its_curves_reach(self):
        x = np.array([1.0, 2.0, 3.0])
        found = band("both", 0, [(x, np.array([1.0, 2.0, 3.0])), (x[:2], np.array([3.0, 4.0]))])
        assert (found.x[0], found.x[-1]) == (1.0, 2.0)
        assert (found.mean[0], found.least[0], found.most[0]) == (2.0, 1.0, 3.0)
        assert found.upper[0] - found.mean[0] == pytest.approx(2**0.5, rel=1e-4)
        assert band("none", 0, [(x, x * np.nan)]).x == []

    def test_a_group_of_one_has_no_spread(self, three):
        seeds = next(one for one in differences(three) if one.path == "seed")
        by_seed = groups_by(seeds, three)
        assert by_seed[1].deviation == "–"
