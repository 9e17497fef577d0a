import pytest

from engine import Dense
from engine.schedules import SCHEDULES
from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_spec
from webapp.runs.pages.presentation import duration, error, speed, strip, summary


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.2, "0 s"),
        (59.4, "59 s"),
        (75.2, "1 min 15 s"),
        (7260, "2 h 1 min"),
        (180_000, "2 d 2 h"),
    ],
)
def test_durations_are_said_in_their_two_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (None, "–"),
        (0, "–"),
        (12.3, "12"),
        (12_345, "12.3 k"),
        (2.5e6, "2.5 M"),
    ],
)
def test_the_speed_is_said_in_thousands_and_millions(samples, words):
    assert speed(samples) == words


@pytest.mark.django_db
def test_the_error_is_a_percentage_for_classes_and_a_number_for_regression():
    assert error(a_run(), 0.0325) == "3.25 %"
    assert error(a_run(version=a_version(task="regression")), 53.123456) == "53.12"
    assert error(a_run(), None) == "–"


@pytest.mark.django_db
def test_the_strip_of_a_queued_run_has_no_figures_yet():
    words = strip(a_run())
    assert (words["state"], words["step"], words["speed"]) == ("queued", "–", "–")


@pytest.mark.django_db
def test_a_queued_run_says_what_it_waits_for():
    assert strip(a_run())["time_left"] == "waits for a worker"
    assert strip(a_run(state="running"))["time_left"] == "–"


@pytest.mark.django_db
def test_the_summary_names_layers_and_optimizer_with_its_constants():
    facts = dict(summary(a_run()))
    assert facts["Hidden layers"] == "4 ReLU"
    assert facts["Optimizer"].startswith("Adam (beta 1 0.9, beta 2 0.999")
    assert facts["Optimizer"].endswith("bias correction yes)")
    assert facts["Examples"] == "24 train, 8 dev, 8 test"


@pytest.mark.django_db
def test_the_summary_names_the_augmentations_in_their_order():
    chosen = [{"kind": "flip", "direction": "horizontal"}, {"kind": "rotate"}]
    run = a_run(a_spec(augmentations=chosen))
    words = dict(summary(run))["Augmentations"]
    assert words.startswith("Flip (direction horizontal, probability 0.5) → Rotate (")
    assert dict(summary(a_run()))["Augmentations"] == "None"


@pytest.mark.django_db
def test_the_summary_says_what_keeps_the_network_in_bounds():
    layers = (Dense(units=4, keep_prob=0.8), Dense(units=4))
    facts = dict(summary(a_run(a_spec(layers=layers, l2=0.1, clip_norm=1.0, schedule="cosine"))))
    assert facts["Regularisation"] == "L2 0.1, clip norm 1, keep 0.8 of layer 1"
    assert facts["Schedule"].startswith("Cosine")
    assert dict(summary(a_run()))["Regularisation"] == "None"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", SCHEDULES)
def test_the_summary_has_words_for_every_schedule(kind):
    assert dict(summary(a_run(a_spec(schedule=kind, early_stopping="patience"))))["Schedule"]
