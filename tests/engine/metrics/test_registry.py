"""One contract for every registered metric, and what all of them refuse."""

import math

import numpy as np
import pytest

from engine.metrics import CLASSIFICATION, DETAILS, REGRESSION

REGISTRY = {**CLASSIFICATION, **REGRESSION}
every_metric = pytest.mark.parametrize("name", list(REGISTRY))
CLASSES = ([0, 1, 2, 3], np.eye(4))
WRONG = ([0, 1, 2, 3], np.eye(4)[[1, 0, 3, 2]])
NUMBERS = ([1.0, 2.0, 5.0, 3.0], [1.0, 2.0, 5.0, 3.0])
ANYTHING = ([1.0, 2.0, 5.0, 3.0], [5.0, 9.0, 1.0, 2.0])


@every_metric
def test_every_metric_says_what_it_is_for(name):
    assert REGISTRY[name].title
    assert 40 < len(REGISTRY[name].help) < 200
    assert "\n" not in REGISTRY[name].help


@every_metric
def test_every_metric_is_one_number_that_is_better_for_better_predictions(name):
    metric = REGISTRY[name]
    right, wrong = (CLASSES, WRONG) if name in CLASSIFICATION else (NUMBERS, ANYTHING)
    good, bad = metric.function(*right), metric.function(*wrong)
    assert type(good) is type(bad) is float
    if name == "top_3":
        assert good == 1
    else:
        assert good > bad if metric.better == "higher" else good < bad
    assert good == pytest.approx(1 if metric.better == "higher" else 0, abs=1e-6)


@every_metric
def test_every_metric_refuses_predictions_that_are_not_numbers_with_their_row(name):
    y, p = CLASSES if name in CLASSIFICATION else NUMBERS
    p = np.array(p)
    p[2] = math.nan
    with pytest.raises(ValueError, match=r"predictions has .*nan.* in row 2"):
        REGISTRY[name].function(y, p)


@every_metric
def test_every_metric_refuses_other_numbers_of_rows_and_none_at_all(name):
    function = REGISTRY[name].function
    with pytest.raises(ValueError, match="one row of each per example"):
        function([0, 1], [0.5])
    with pytest.raises(ValueError, match="at least one example"):
        function([], [])


@pytest.mark.parametrize("function", [m.function for m in CLASSIFICATION.values()] + list(DETAILS.values()))
@pytest.mark.parametrize(
    ("y", "predictions", "message"),
    [
        ([0, 3], np.eye(3)[:2], r"y has 3 in row 1, but the classes are 0 to 2"),
        ([0, -1], np.eye(3)[:2], r"y has -1 in row 1: classes are whole numbers"),
        ([0.5, 1], np.eye(3)[:2], r"y has 0\.5 in row 0: classes are whole numbers"),
        ([0, 1], np.array([1, -1]), r"predictions has -1 in row 1: classes are whole numbers"),
        ([[1, 0], [0, 2]], np.zeros((2, 2)), r"y has 2 in row 1, column 1: a label is 0 or 1"),
        ([[1, 0], [0, 1]], np.zeros((2, 3)), r"one of each per label"),
    ],
)
def test_labels_that_do_not_fit_are_refused_with_their_row(function, y, predictions, message):
    with pytest.raises(ValueError, match=message):
        function(y, predictions)
