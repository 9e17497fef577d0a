import pytest

from webapp.runs.forms import timing
from webapp.runs.forms.consequences import Consequences, Remark, readable
from webapp.runs.forms.spec_form import SpecForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(digits, posted):
    """The consequences of the posted form, with changes."""

    def see(**changes):
        return Consequences(SpecForm(digits, posted(**changes)))

    return see


def test_parameters_are_counted_for_the_whole_and_for_each_layer(seen):
    told = seen(**{"layers.0.units": "32", "layers.1.units": "16"})
    assert told.estimate.n_parameters == 65 * 32 + 33 * 16 + 17 * 10
    assert [(size.name, size.shape, size.n_parameters) for size in told.layer_sizes] == [
        ("Hidden 1", "64 × 32", 2080),
        ("Hidden 2", "32 × 16", 528),
        ("Output", "16 × 10", 170),
    ]


def test_the_parts_of_the_data_are_those_of_the_version(seen):
    told = seen(batch_size="100")
    assert told.sizes == (1079, 359, 359)
    assert told.steps_per_epoch == 11
    assert sum(share.width for share in told.shares) == 1000


def test_time_is_told_for_an_epoch_and_for_the_whole_run(seen):
    told = seen(epochs="10")
    assert told.seconds > 0
    assert told.epoch_time
    assert told.run_time == readable(10 * told.seconds)


def test_an_edit_that_does_not_change_the_time_does_not_measure_again(seen, monkeypatch):
    measured = []
    monkeypatch.setattr(timing, "measure_seconds_per_epoch", lambda *args, **_: measured.append(args) or 1.0)
    timing._measured.cache_clear()
    changes = [{}, {"learning_rate": "0.1"}, {"epochs": "3"}, {"seed": "9"}, {"layers.0.units": "9"}]
    times = [seen(**change).seconds for change in changes]
    timing._measured.cache_clear()
    assert times == [1.0] * 5
    assert len(measured) == 2


@pytest.mark.parametrize("name", ["layers.0.units", "batch_size"])
def test_what_cannot_be_read_leaves_no_false_numbers(seen, name):
    told = seen(**{name: "abc"})
    assert told.seconds is None
    assert told.run_time == ""
    assert told.drawing is not None


def test_a_slip_in_the_learning_rate_leaves_size_and_time_alone(seen):
    told = seen(learning_rate="0,1")
    assert told.estimate is not None
    assert told.seconds is not None
    assert [error.id for error in told.errors] == ["learning_rate"]


def test_a_width_that_cannot_be_read_is_drawn_as_a_question(seen):
    assert [column.label for column in seen(**{"layers.1.units": "many"}).drawing.columns] == [
        "64",
        "256",
        "?",
        "10",
    ]


def test_a_warning_leads_to_its_field(seen):
    warning = seen(**{"layers.1.initializer.kind": "zeros"}).warnings[0]
    assert warning.id == "layers-1-initializer"
    assert warning.label == "Hidden layer 2, initialisation"
    assert "learn the same" in warning.text


def test_too_much_memory_names_the_layer_and_nothing_is_measured(seen, settings, monkeypatch):
    settings.HONE_RUN_MEMORY_BYTES = 100_000_000
    monkeypatch.setattr(timing, "measure_seconds_per_epoch", lambda *_, **__: pytest.fail("was measured"))
    told = seen(**{"layers.0.units": "9000", "layers.1.units": "9000"})
    assert list(told.form.problems) == ["layers.1.units"]
    assert "hidden layer 2 with 81,009,000 parameters" in told.form.problems["layers.1.units"]
    assert told.estimate.n_parameters > 81_009_000
    assert told.form.spec is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0002, "under 1 ms"), (0.0213, "21 ms"), (0.214, "0.21 s"), (7.26, "7.3 s"), (75.2, "1 min 15 s")],
)
def test_a_forecast_has_two_digits(seconds, text):
    assert readable(seconds) == text


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("Learning rate", "Learning rate must be greater than 0.", "Learning rate must be greater than 0."),
        ("Hidden layer 2, units", "Units must be at least 1.", "Hidden layer 2, units must be at least 1."),
        ("Units", "This is empty.", "Units: This is empty."),
        ("L2", "L2000 is no number.", "L2: L2000 is no number."),
    ],
)
def test_a_problem_says_the_name_of_its_field_once(label, text, said):
    assert label + Remark("id", label, text).after_label == said
