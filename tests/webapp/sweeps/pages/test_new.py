"""The page of a new sweep as a browser meets it."""

import json
import re
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from engine import Spec
from webapp.datasets.models import Dataset
from webapp.runs.forms.timing import seconds_per_epoch
from webapp.runs.models import Run
from webapp.sweeps.forms import naming
from webapp.sweeps.forms.places import field_at
from webapp.sweeps.forms.plan_form import PlanForm
from webapp.sweeps.forms.sweep_form import SweepForm
from webapp.sweeps.forms.texts import joined, texts_of
from webapp.sweeps.models import Sweep
from webapp.sweeps.plan import Plan
from webapp.sweeps.pruning import Halving
from webapp.sweeps.space import Integers, LogUniform, OneMinusLog, Options, PowersOfTwo, Space, Uniform
from webapp.sweeps.starting import PlanError
from webapp.sweeps.wording import title_of

pytestmark = pytest.mark.django_db
NEW, EDIT, RUN = reverse("sweeps:new"), reverse("sweeps:new-edit"), reverse("runs:new")
RATE = {"learning_rate:scale": "log", "learning_rate:low": "1e-4", "learning_rate:high": "0.1"}
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.fixture(autouse=True)
def no_measuring(monkeypatch):
    monkeypatch.setattr("webapp.sweeps.forms.consequences.seconds_per_epoch", lambda *_: 0.5)
    monkeypatch.setattr("webapp.runs.forms.consequences.seconds_per_epoch", lambda *_: 0.5)


@pytest.fixture
def send(as_owner, posted):
    """Posts the page with the learning rate as a range, and changes; None leaves a name out."""

    def post(address=NEW, **changes):
        return as_owner.post(address, posted(**{**RATE, **changes}))

    return post


@pytest.fixture
def sweep(owner, digits):
    return a_sweep(owner, digits)


def a_sweep(owner, version, **fields):
    plan = Plan(
        space=Space(
            dimensions={
                "learning_rate": LogUniform(low=0.001, high=0.1),
                "optimizer.kind": Options(options=("momentum", "adam")),
                "optimizer.beta": OneMinusLog(low=0.8, high=0.99),
                "layers.count": Integers(low=1, high=3),
                "layers.0.keep_prob": Uniform(low=0.5, high=1),
                "batch_size": PowersOfTwo(low=16, high=64),
            }
        ),
        trials=20,
        pruning=Halving(eta=4),
        minutes=12.5,
    )
    spec = Spec(layers=[{"units": 8}, {"units": 4}], head="softmax", epochs=3)
    content = {"spec": spec.model_dump(mode="json"), "plan": plan.model_dump(mode="json")}
    return Sweep.objects.create(owner=owner, version=version, **{"name": "First", **content, **fields})


def problems(answer):
    return answer.context["form"].problems


def test_the_page_begins_with_the_learning_rate_as_a_range(as_owner, digits):
    answer = as_owner.get(NEW, {"dataset": digits.dataset_id})
    assert 'name="learning_rate:low" value="1e-5"' in answer.text
    assert 'class="spread"' in answer.text
    assert "Such as " in answer.text
    assert problems(answer) == {}


def test_on_the_new_run_page_each_value_has_a_button_that_leads_here(as_owner, digits, posted):
    text = as_owner.get(RUN, {"dataset": digits.dataset_id}).text
    for path in (
        "learning_rate",
        "optimizer.kind",
        "optimizer.beta1",
        "layers.0.units",
        "layers.units",
        "l2",
    ):
        button = re.search(rf'<button[^>]+value="range:{path}"[^>]*>', text)[0]
        assert f'formaction="{NEW}"' in button
    assert 'value="range:head.class_weights"' not in text
    answer = as_owner.post(NEW, posted(action="range:l2", name="mine", epochs="7", l2="0.3"))
    assert set(answer.context["form"].ranges) == {"l2"}
    assert 'name="epochs" value="7"' in answer.text
    assert 'value="mine"' in answer.text
    assert 'id="l2"\n' in answer.text.partition(" autofocus")[0][-400:]


def test_search_instead_carries_what_was_typed_over_and_train_instead_back(as_owner, posted):
    there = as_owner.post(NEW, posted(action="search", epochs="8", name="mine"))
    assert set(there.context["form"].ranges) == {"learning_rate"}
    back = as_owner.post(
        RUN, posted(action="values", epochs="8", name="mine", **RATE, **{"plan:trials": "9"})
    )
    assert problems(back) == {}
    assert back.context["form"].spec.epochs == 8
    assert 'value="mine"' in back.text


def test_a_value_becomes_a_range_and_a_value_again(send):
    there = send(EDIT, action="range:l2", l2="0.25")
    assert set(there.context["form"].ranges) == {"learning_rate", "l2"}
    assert 'id="part-l2" hx-swap-oob="true"' in there.text
    back = send(EDIT, action="value:learning_rate", learning_rate="0.02")
    assert back.context["form"].ranges == {}
    assert 'name="learning_rate" value="0.02"' in back.text


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("learning_rate", LogUniform(low=1e-5, high=0.02)),
        ("l2", LogUniform(low=0.001, high=10)),
        ("optimizer.beta1", OneMinusLog(low=0.9, high=0.999)),
        ("layers.keep_prob", Uniform(low=0.5, high=1)),
        ("layers.units", Integers(low=32, high=512, log=True)),
        ("layers.0.units", Integers(low=64, high=1024, log=True)),
        ("layers.count", Integers(low=1, high=4)),
        ("batch_size", PowersOfTwo(low=16, high=256)),
        ("full_batch", Options(options=(True, False))),
        ("precision", Options(options=("float32", "float64"))),
        ("normalise.kind", Options(options=("standardise", "min_max", "none"))),
        ("clip_norm", LogUniform(low=0.1, high=10)),
    ],
)
def test_each_kind_of_value_gets_the_range_that_suits_it(send, path, known):
    answer = send(EDIT, action=f"range:{path}", **dict.fromkeys(RATE))
    assert answer.context["form"].ranges[path].distribution == known
    assert problems(answer) == {}


def test_everything_that_can_be_searched_can_be_turned_and_started(send, posted):
    names = [name for name in posted() if field_at(name)]
    alike = ["layers.count", "layers.units", "layers.activation.kind", "layers.initializer.kind"]
    for path in [*names, *alike]:
        answer = send(EDIT, action=f"range:{path}")
        assert path in answer.context["form"].ranges, path
        own = {name: text for name, text in problems(answer).items() if name != "head.kind:range"}
        assert own == {}, path


def test_of_all_layers_alike_a_single_one_gives_way(send):
    single = {"layers.0.units:scale": "integers", "layers.0.units:low": "4", "layers.0.units:high": "9"}
    answer = send(EDIT, action="range:layers.units", **single)
    assert set(answer.context["form"].ranges) == {"learning_rate", "layers.units"}
    assert answer.text.count("as in all layers") == 2


def test_a_moved_layer_takes_its_range_along_and_a_new_one_has_none(send):
    single = {"layers.0.units:scale": "integers", "layers.0.units:low": "4", "layers.0.units:high": "9"}
    moved = send(EDIT, action="layers.0.down", **single)
    assert moved.context["form"].ranges["layers.1.units"].low == "4"
    removed = send(EDIT, action="layers.0.remove", **single)
    assert set(removed.context["form"].ranges) == {"learning_rate"}
    last = {name.replace(".0.", ".1."): text for name, text in single.items()}
    added = send(EDIT, action="layers.add", **last)
    assert set(added.context["form"].ranges) == {"learning_rate", "layers.1.units"}


TWO = {"optimizer.kind:scale": "options", "optimizer.kind:option.adam": "on"}


def test_constants_of_every_ticked_kind_can_be_searched(send):
    both = TWO | {"optimizer.kind:option.momentum": "on"}
    text = send(EDIT, **both).text
    assert 'value="range:optimizer.beta"' in text
    turned = send(EDIT, action="range:optimizer.beta", **both)
    assert problems(turned) == {}
    beta = joined({"optimizer.beta": turned.context["form"].texts["optimizer.beta"]})
    back = send(EDIT, action="value:optimizer.kind", **both, **beta)
    assert set(back.context["form"].ranges) == {"learning_rate"}


def test_start_makes_the_sweep_and_goes_to_it(send, owner, digits):
    plan = {
        "plan:trials": "12",
        "plan:pruning.kind": "median",
        "plan:pruning.warmup": "4",
        "plan:minutes": "5",
    }
    answer = send(name="Mine", **plan, **TWO, **{"optimizer.kind:option.momentum": "on"})
    sweep = Sweep.objects.get()
    assert answer.headers["Location"] == sweep.get_absolute_url()
    assert (sweep.owner, sweep.version, sweep.name, sweep.previous) == (owner, digits, "Mine", None)
    assert sweep.planned.space.dimensions == {
        "learning_rate": LogUniform(low=1e-4, high=0.1),
        "optimizer.kind": Options(options=("momentum", "adam")),
    }
    assert (sweep.planned.trials, sweep.planned.minutes, sweep.planned.pruning.warmup) == (12, 5, 4)
    assert not Run.objects.exists()


def test_a_sweep_without_a_name_is_named_by_what_is_searched(send):
    for _ in range(2):
        send(name=" ")
    assert [sweep.name for sweep in Sweep.objects.order_by("pk")] == [
        "Digits, learning rate",
        "Digits, learning rate (2)",
    ]


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (("layers.units", "l2"), "Digits, units, L2 (lambda)"),
        (
            ("layers.1.units", "layers.units", "learning_rate", "l2"),
            "Digits, units of hidden layer 2, units, learning rate and 1 more",
        ),
    ],
)
def test_a_name_says_in_few_words_what_is_searched(owner, digits, paths, name):
    space = Space.model_validate(
        {"dimensions": {path: {"kind": "log", "low": 0.1, "high": 1} for path in paths}}
    )
    assert naming.described(digits, space, owner) == name


def of_rate(scale="log", low="1e-4", high="0.1", options=""):
    texts = {"scale": scale, "low": low, "high": high, "options": options}
    return {f"learning_rate:{part}": text for part, text in texts.items()}


def test_how_many_trainings_there_are_has_a_dash_while_it_is_not_known(send):
    told = '<dt>Trainings</dt><dd class="num">{}</dd>'
    assert told.format("2,000") in send(EDIT, **{"plan:trials": "2000"}).text
    assert told.format("–") in send(EDIT, **{"plan:trials": "0"}).text


def test_a_form_outlives_its_dataset(as_owner, digits, points, posted):
    fields = posted(name="Mine", **RATE, **{"plan:trials": "7"}) | {"shape.dataset": str(digits.pk)}
    digits.dataset.delete()
    answer = as_owner.post(NEW, fields)
    assert answer.status_code == UNPROCESSABLE
    assert "The dataset was deleted. “Points” stands in for it" in answer.text
    for kept in ('value="Mine"', 'name="plan:trials" value="7"', 'name="learning_rate:low" value="1e-4"'):
        assert kept in answer.text
    assert not Sweep.objects.exists()
    again = fields | {
        "dataset": str(points.dataset_id),
        "head.kind": answer.context["form"].posted["head.kind"],
    }
    assert as_owner.post(NEW, again).status_code == HTTPStatus.FOUND
    assert Sweep.objects.get().version == points


BAD = [
    (of_rate(low="0.1", high="0.001"), "learning_rate:range", "is empty"),
    (of_rate(low="0.1", high="0.1"), "learning_rate:range", "is empty"),
    (of_rate(low="0"), "learning_rate:range", "no logarithm of zero"),
    (of_rate(low=""), "learning_rate:range", "From: This is empty"),
    (of_rate(high="abc"), "learning_rate:range", "To: “abc” is not a number"),
    (of_rate(high="nan"), "learning_rate:range", "not a number"),
    (of_rate(high="1e400"), "learning_rate:range", "too large"),
    (of_rate(low="0,1"), "learning_rate:range", "decimals with a point"),
    (of_rate(high="20"), "learning_rate:range", "at most 10"),
    (of_rate(scale="uniform", low="-1"), "learning_rate:range", "greater than 0"),
    (of_rate(scale="one_minus_log", low="0.9", high="1"), "learning_rate:range", "without 1"),
    (of_rate(scale="<script>"), "learning_rate:range", "is no scale"),
    (of_rate(scale="options", options="0.1"), "learning_rate:range", "at least two options"),
    (of_rate(scale="options", options="0.1, 0.1"), "learning_rate:range", "at least two options"),
    (of_rate(scale="options", options="0.1, x"), "learning_rate:range", "not a number"),
    (TWO, "optimizer.kind:range", "at least two options"),
    (TWO | {"optimizer.kind:option.lion": "on"}, "optimizer.kind:range", "not known here"),
    (
        {"batch_size:scale": "powers_of_two", "batch_size:low": "10", "batch_size:high": "64"},
        "batch_size:range",
        "10 is no power of two",
    ),
    (
        {"layers.units:scale": "integers", "layers.units:low": "1.5", "layers.units:high": "64"},
        "layers.units:range",
        "not a whole number",
    ),
    (
        {"layers.units:scale": "integers", "layers.units:low": "-5", "layers.units:high": "64"},
        "layers.units:range",
        "From must be at least 0, but is -5.",
    ),
    (
        {"layers.count:scale": "integers", "layers.count:low": "0", "layers.count:high": "3"},
        "layers.count:range",
        "",
    ),
    (
        {"layers.units:scale": "integers", "layers.units:low": "4", "layers.units:high": "100000"},
        "layers.units:range",
        "at most 65,536",
    ),
    (
        {"optimizer.nesterov:scale": "log", "optimizer.nesterov:low": "1", "optimizer.nesterov:high": "2"},
        "optimizer.nesterov:range",
        "has no optimizer.nesterov",
    ),
    (
        {"optimizer.beta:scale": "uniform", "optimizer.beta:low": "0", "optimizer.beta:high": "0.5"},
        "optimizer.beta:range",
        "There is no optimizer.beta",
    ),
    (
        {"layers.count:scale": "log", "layers.count:low": "0.5", "layers.count:high": "3"},
        "layers.count:range",
        "takes whole numbers only",
    ),
    (
        {"layers.count:scale": "integers", "layers.count:low": "1", "layers.count:high": "1e17"},
        "layers.count:range",
        "",
    ),
    (dict.fromkeys(RATE), "space", "Nothing is searched"),
    ({"plan:trials": "0"}, "plan:trials", "at least 1"),
    ({"plan:trials": "10001"}, "plan:trials", "at most 10,000"),
    ({"plan:trials": "many"}, "plan:trials", "not a number"),
    ({"plan:minutes": "0"}, "plan:minutes", "greater than 0"),
    ({"plan:strategy.kind": "magic"}, "plan:strategy", "not known here"),
    ({"plan:strategy.kind": "random", "plan:strategy.seed": "-1"}, "plan:strategy.seed", "at least 0"),
    ({"plan:pruning.kind": "halving", "plan:pruning.eta": "1"}, "plan:pruning.eta", "at least 2"),
    ({"plan:objective": "beauty"}, "plan:objective", "not known here"),
    ({"plan:magic": "1"}, "plan:magic", "has no field"),
    ({"epochs": "0"}, "epochs", "at least 1"),
    ({"batch_size": "1080"}, "batch_size", "1,079"),
]


@pytest.mark.parametrize(("changes", "path", "words"), BAD)
def test_bad_input_is_refused_at_its_field_and_kept_as_typed(send, changes, path, words):
    answer = send(**changes)
    assert answer.status_code == UNPROCESSABLE
    assert words in problems(answer)[path]
    assert not Sweep.objects.exists()
    assert "to mend before the sweep starts" in answer.text
    assert "<script>alert" not in answer.text
    for name, text in changes.items():
        if text and ":" in name and name.rpartition(":")[2] in ("low", "high", "trials", "minutes"):
            assert f'name="{name}" value="{text}"' in answer.text
    sentence = problems(answer)[path].split("“")[0].split("<")[0]
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("low", "high", "mended"),
    [
        ("1e-4", "-1", "learning_rate-high"),
        ("1e-4", "a lot", "learning_rate-high"),
        ("1e-4", "", "learning_rate-high"),
        ("-1", "0.1", "learning_rate"),
        ("-1", "-2", "learning_rate"),
        ("0.1", "1e-4", "learning_rate"),
    ],
)
def test_the_focus_goes_to_the_end_of_a_range_that_is_wrong(send, low, high, mended):
    answer = send(**{"learning_rate:low": low, "learning_rate:high": high})
    assert answer.context["focus"] == mended
    [focused] = re.findall(r"<input[^>]* autofocus", answer.text)
    assert f' id="{mended}"' in focused
    assert f'<a href="#{mended}">Learning rate</a>' in answer.text


def test_a_range_has_the_same_name_at_its_control_and_in_every_list(send):
    ends = {"layers.0.units:scale": "integers", "layers.0.units:low": "4", "layers.0.units:high": "100000"}
    text = send(**ends).text
    assert '<a href="#layers-0-units">Hidden layer 1, units</a>' in text
    assert ">Hidden layer 1, units</label>" in text
    assert ">Hidden layer 1, units</a> must be at most 65,536, but is 100000." in text
    assert title_of("layers.0.units") == "Hidden layer 1, units"


@pytest.mark.parametrize(("changes", "path", "words"), BAD)
def test_bad_input_is_explained_while_editing(send, changes, path, words):
    answer = send(EDIT, **changes)
    assert answer.status_code == HTTPStatus.OK
    assert words in problems(answer)[path]


def test_a_refusal_at_the_start_stands_at_its_field(send, monkeypatch):
    def start(*_, **__):
        told = {
            "trials": "Only 10 are left today.",
            "space.learning_rate": "Too wide.",
            "dataset": "It is gone.",
        }
        raise PlanError(told)

    monkeypatch.setattr("webapp.sweeps.pages.views_new.start", start)
    answer = send()
    assert answer.status_code == UNPROCESSABLE
    assert set(problems(answer)) == {"plan:trials", "learning_rate:range", "dataset"}
    assert "It is gone." in answer.text.partition('id="status-dataset"')[2][:200]
    assert "Only 10 are left today." in answer.text.partition('id="status-plan-trials"')[2][:200]
    assert "Too wide." in answer.text.partition('id="status-range-learning_rate"')[2][:200]


@pytest.mark.parametrize("name", ["x" * 201, "a\0b"])
def test_an_impossible_name_is_refused_at_its_field(send, name):
    answer = send(name=name)
    assert answer.status_code == UNPROCESSABLE
    assert 'id="error-name"' in answer.text


UNITS = {"layers.units:scale": "integers", "layers.units:low": "4", "layers.units:high": "60000"}


def test_ranges_of_which_no_trial_fits_the_memory_are_refused(send, settings):
    settings.HONE_RUN_MEMORY_BYTES = 50_000
    answer = send(**UNITS)
    assert answer.status_code == UNPROCESSABLE
    assert "No trial of these ranges can be trained" in problems(answer)["space"]
    assert "of memory" in problems(answer)["space"]


def test_trials_that_would_be_refused_for_their_memory_are_said_beforehand(send, settings):
    settings.HONE_RUN_MEMORY_BYTES = 50_000_000
    answer = send(EDIT, **UNITS)
    assert problems(answer) == {}
    assert "of the trials would be refused" in answer.text


def test_batches_larger_than_the_training_part_are_said_beforehand(send):
    ends = {"batch_size:scale": "powers_of_two", "batch_size:low": "512", "batch_size:high": "4096"}
    answer = send(EDIT, **ends)
    assert "larger than the training part of 1,079 examples" in answer.text


@pytest.fixture
def measuring(no_measuring, monkeypatch):
    """Times are measured after all."""
    monkeypatch.setattr("webapp.sweeps.forms.consequences.seconds_per_epoch", seconds_per_epoch)


@pytest.mark.usefixtures("measuring")
@pytest.mark.parametrize(("address", "status"), [(EDIT, HTTPStatus.OK), (NEW, UNPROCESSABLE)])
def test_class_weights_that_do_not_fit_the_classes_are_refused_at_their_field(send, address, status):
    answer = send(address, **{"head.class_weights": "1, 2, 3"})
    assert answer.status_code == status
    assert set(problems(answer)) == {"head.class_weights"}
    assert "“Digits” has 10 classes, and 3 weights are given" in answer.text
    assert answer.context["consequences"].whole_time == ""
    assert not Sweep.objects.exists()


@pytest.mark.usefixtures("measuring")
def test_a_sweep_whose_class_weights_do_not_fit_another_dataset_says_so(as_owner, sweep, make_version):
    sweep.spec["head"]["class_weights"] = [1.0] * 10
    sweep.save()
    three = make_version(name="Irises", n_features=4, n_outputs=3, classes=list("abc"))
    answer = as_owner.get(NEW, {"like_sweep": sweep.pk, "dataset": three.dataset_id})
    assert answer.status_code == HTTPStatus.OK
    assert "“Irises” has 3 classes, and 10 weights are given" in problems(answer)["head.class_weights"]


@pytest.mark.usefixtures("measuring")
def test_class_weights_are_refused_where_the_head_itself_is_searched(send, points):
    heads = {"head.kind:scale": "options", "head.kind:option.sigmoid": "on", "head.kind:option.softmax": "on"}
    chosen = {"dataset": str(points.dataset_id), "head.kind": "softmax", "head.class_weights": "1, 2, 3"}
    answer = send(EDIT, **heads, **chosen)
    assert "“Points” has 2 classes" in problems(answer)["head.class_weights"]


def test_a_value_in_whose_place_a_range_is_does_not_count(send):
    assert send(learning_rate="abc").status_code == HTTPStatus.FOUND
    assert Sweep.objects.get().configuration.learning_rate == 1e-4


def test_the_consequences_tell_the_cost(send):
    answer = send(EDIT, **UNITS | {"layers.units:high": "8"}, **{"plan:finalists": "2"})
    told = answer.context["consequences"]
    assert told.n_dimensions == 2
    assert told.parameters == "330 to 682"
    assert told.n_runs == 64 + 2 * 3
    assert told.trial_time
    assert told.whole_time


def test_a_grid_with_more_points_than_trials_is_warned_of(send):
    answer = send(EDIT, **UNITS, **{"plan:strategy.kind": "grid", "plan:strategy.steps": "20"})
    assert "400 points, and only the first 64" in answer.text


def test_the_trainings_are_those_that_the_budget_of_epochs_pays(send):
    budget = {"plan:trials": "300", "plan:epochs": "400", "plan:finalists": "3", "plan:seeds": "2"}
    answer = send(EDIT, epochs="20", **budget)
    assert answer.context["consequences"].n_runs == 20 + 3 * 2
    assert "The budget of 400 epochs is used up by 20 trials of 20 epochs." in answer.text
    assert "is used up by" not in send(EDIT, epochs="20", **budget | {"plan:epochs": "6000"}).text


def test_a_grid_counts_points_once_that_differ_in_nothing_that_matters(send):
    kinds = TWO | {"optimizer.kind:option.momentum": "on"}
    beta = {
        "optimizer.beta:scale": "one_minus_log",
        "optimizer.beta:low": "0.8",
        "optimizer.beta:high": "0.99",
    }
    answer = send(EDIT, **kinds, **beta, **{"plan:strategy.kind": "grid", "plan:strategy.steps": "3"})
    assert answer.context["consequences"].n_runs == 3 * (1 + 3)
    assert "This strategy has 12 points" in answer.text


def test_layers_beyond_all_bounds_are_not_counted(send):
    many = {"layers.count:scale": "integers", "layers.count:low": "1", "layers.count:high": "2000000000"}
    answer = send(EDIT, **many, **{"plan:strategy.kind": "grid"})
    assert "layers.count:range" in problems(answer)
    assert answer.context["consequences"].n_runs is None


def test_a_grid_is_drawn_beside_random_search(send):
    assert 'id="grid-note"' not in send(EDIT).text
    part = send(EDIT, **{"plan:strategy.kind": "grid"}).text.partition('id="part-plan-strategy"')[2]
    assert 'data-figure="grid-note-figure"' in part
    assert 'id="grid-note-figure" type="application/json"' in part


def test_typing_a_number_leaves_every_control_alone(as_owner, send, digits):
    page = as_owner.get(NEW, {"dataset": digits.dataset_id}).text
    shapes = dict(re.findall(r'name="(shape\.[^"]+)" value="([^"]*)"', page))
    text = send(EDIT, **shapes | {"learning_rate:low": "0.002"}).text
    assert 'id="status-range-learning_rate" hx-swap-oob="true"' in text
    assert 'id="part-' not in text
    assert "<select" not in text


def test_another_dataset_keeps_the_ranges_and_takes_a_head_that_fits(send, posted, houses):
    answer = send(EDIT, dataset=str(houses.dataset_id), **{"shape.dataset": "0"})
    assert answer.headers["HX-Replace-Url"] == f"{NEW}?dataset={houses.dataset_id}"
    assert set(answer.context["form"].ranges) == {"learning_rate"}
    assert answer.context["form"].spec.head.kind == "squared_error"


def test_a_run_can_be_searched_around(as_owner, owner, digits):
    spec = Spec(layers=[{"units": 8}], head="softmax", epochs=3, learning_rate=0.3)
    run = Run.objects.create(owner=owner, version=digits, name="Mine", spec=spec.model_dump(mode="json"))
    answer = as_owner.get(NEW, {"like": run.pk})
    assert answer.context["form"].spec == spec
    assert 'name="like"' in answer.text


def test_a_sweep_is_opened_as_it_was(as_owner, sweep):
    answer = as_owner.get(NEW, {"like_sweep": sweep.pk})
    form = answer.context["form"]
    assert problems(answer) == {}
    assert form.spec == sweep.configuration
    assert form.plan == sweep.planned
    assert 'name="name" value="First (2)"' in answer.text
    page = form.posted | joined(form.texts) | form.plan_form.posted
    again = as_owner.post(NEW, page | {"dataset": sweep.version.dataset_id, "from:sweep": sweep.pk})
    assert again.status_code == HTTPStatus.FOUND
    assert Sweep.objects.first().previous is None


def test_the_next_round_takes_the_space_that_is_handed_over(as_owner, sweep):
    space = json.dumps({"dimensions": {"learning_rate": {"kind": "log", "low": 0.01, "high": 0.02}}})
    for answer in (
        as_owner.get(NEW, {"round": sweep.pk, "space": space}),
        as_owner.post(NEW, {"round": sweep.pk, "space": space}),
    ):
        form = answer.context["form"]
        assert form.plan.space.dimensions == {"learning_rate": LogUniform(low=0.01, high=0.02)}
        assert form.plan.trials == sweep.planned.trials
        assert f'name="from:round" value="{sweep.pk}"' in answer.text
        assert 'value="First, round 2"' in answer.text
    page = form.posted | joined(form.texts) | form.plan_form.posted
    as_owner.post(NEW, page | {"dataset": sweep.version.dataset_id, "from:round": sweep.pk})
    latest = Sweep.objects.first()
    assert (latest.previous, latest.round) == (sweep, 2)


@pytest.mark.parametrize(
    "space", ["{", "[]", "3", '{"dimensions": {"l2": {"kind": "log", "low": 0, "high": 1}}}', "[" * 100_000]
)
def test_a_next_round_that_cannot_be_read_is_explained(as_owner, sweep, space):
    answer = as_owner.post(NEW, {"round": sweep.pk, "space": space})
    assert answer.status_code == UNPROCESSABLE
    assert "could not be read" in answer.text
    assert answer.context["form"].plan.space == sweep.planned.space


@pytest.mark.parametrize("name", ["like_sweep", "round", "like", "dataset"])
@pytest.mark.parametrize("pk", ["0", "999", "abc", "9" * 30])
def test_what_is_not_there_is_not_found(as_owner, digits, name, pk):
    assert as_owner.get(NEW, {name: pk}).status_code == HTTPStatus.NOT_FOUND
    assert as_owner.post(EDIT, {name: pk}).status_code == HTTPStatus.NOT_FOUND


def test_somebody_elses_sweep_is_not_there(as_outsider, sweep, make_version):
    make_version(owner=None)
    for name in ("like_sweep", "round"):
        assert as_outsider.get(NEW, {name: sweep.pk}).status_code == HTTPStatus.NOT_FOUND
    assert as_outsider.get(sweep.get_absolute_url()).status_code == HTTPStatus.NOT_FOUND


def test_somebody_elses_dataset_is_not_there(as_outsider, posted):
    assert as_outsider.post(NEW, posted(**RATE)).status_code == HTTPStatus.NOT_FOUND
    assert not Sweep.objects.exists()


def test_a_stranger_is_asked_to_sign_in(client, digits):
    assert client.get(NEW).status_code == HTTPStatus.FOUND
    assert client.post(EDIT).status_code == HTTPStatus.FOUND


def test_without_any_dataset_the_page_leads_to_one(as_owner):
    text = as_owner.get(NEW).text
    assert reverse("datasets:new") in text
    assert "<h1>New sweep</h1>" in text


def test_a_dataset_that_cannot_be_trained_on_is_explained(as_owner, send, digits):
    Dataset.objects.filter(pk=digits.dataset_id).update(quarantine="The labels are wrong.")
    assert "The labels are wrong." in as_owner.get(NEW, {"dataset": digits.dataset_id}).text
    assert send().status_code == UNPROCESSABLE
    assert send(EDIT).headers["HX-Redirect"] == NEW
    assert not Sweep.objects.exists()


def test_a_dataset_that_is_still_read_is_explained(as_owner, make_version):
    version = make_version(state="parsing", task="", name="Slow")
    assert "“Slow” is still being read" in as_owner.get(NEW, {"dataset": version.dataset_id}).text


def test_a_sweep_whose_dataset_was_taken_away_opens_on_another(as_owner, owner, member, sweep, make_version):
    other = make_version(name="Other")
    Dataset.objects.filter(pk=sweep.version.dataset_id).update(owner=member)
    answer = as_owner.get(NEW, {"like_sweep": sweep.pk})
    assert answer.status_code == HTTPStatus.OK
    assert answer.context["page"].version == other
    assert "“Digits”, was deleted" in answer.text


def test_what_is_downloaded_is_what_is_loaded(as_owner, send, digits):
    file = send(action="download", **TWO, **{"optimizer.kind:option.momentum": "on"})
    assert "SPACE.json" in file.headers["Content-Disposition"]
    content = json.loads(file.text)
    assert set(content) == {"spec", "plan"}
    assert Plan.model_validate(content["plan"]).space.dimensions["learning_rate"].low == 1e-4
    upload = SimpleUploadedFile("SPACE.json", file.content, "application/json")
    for given in ({"load:file": upload}, {"load:text": file.text}):
        page = as_owner.post(NEW, {"dataset": digits.dataset_id, "action": "load", "name": "mine"} | given)
        assert page.status_code == HTTPStatus.OK
        assert page.context["form"].plan.model_dump(mode="json") == content["plan"]
        assert page.context["form"].spec.model_dump(mode="json") == content["spec"]
        assert 'value="mine"' in page.text


def test_ranges_alone_are_loaded_into_the_form(send):
    ranges = {"l2": {"kind": "log", "low": 0.01, "high": 1}}
    answer = send(action="load", epochs="9", **{"load:text": json.dumps(ranges)})
    assert set(answer.context["form"].ranges) == {"l2"}
    assert answer.context["form"].spec.epochs == 9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Nothing was given"),
        ("{", "This is not JSON"),
        ("[1]", "holds a list"),
        ("3", "holds a number"),
        ("[" * 100_000, "This is not JSON"),
        ('{"spec": {"epochs": NaN}}', "NaN is no number"),
        ('{"plan": {}, "space": {}}', "“space” stands beside"),
        ('{"plan": 7}', "plan: "),
        ('{"spec": []}', "spec: "),
        ('{"spec": {"epochs": 0}}', "spec.epochs: Epochs must be at least 1"),
        ('{"plan": {"trials": 0}}', "plan.trials: Trials must be at least 1"),
        ('{"plan": {"colour": 1}}', "There is no setting called &#x27;colour&#x27;"),
        ('{"l2": {"kind": "log", "low": 0, "high": 1}}', "plan.space.dimensions.l2: A logarithmic range"),
        ('{"l2": {"kind": "magic"}}', "plan.space.dimensions.l2"),
        ('{"l2": 3}', "plan.space.dimensions.l2"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained_and_everything_stays(send, text, words):
    answer = send(action="load", epochs="9", **{"load:text": text})
    assert answer.status_code == UNPROCESSABLE
    assert words in answer.text.partition('id="load-status"')[2]
    assert set(answer.context["form"].ranges) == {"learning_rate"}
    assert 'name="epochs" value="9"' in answer.text


def test_a_file_that_is_no_text_is_explained(send):
    answer = send(action="load", **{"load:file": SimpleUploadedFile("x.json", b"\xff\xfe{")})
    assert answer.status_code == UNPROCESSABLE
    assert "no text in UTF-8" in answer.text


def test_what_cannot_be_searched_here_is_loaded_and_refused_at_its_place(send):
    ranges = {
        "layers.7.units": {"kind": "integers", "low": 1, "high": 9},
        "nothing": {"kind": "options", "options": [1, 2]},
    }
    answer = send(action="load", **{"load:text": json.dumps(ranges)})
    assert [one.path for one in answer.context["form"].elsewhere] == ["layers.7.units", "nothing"]
    assert "There is no layers.7.units" in problems(answer)["layers.7.units:range"]
    assert "has no nothing" in problems(answer)["nothing:range"]


def test_while_something_is_wrong_there_is_no_file(send):
    answer = send(action="download", **of_rate(low="1"))
    assert answer.status_code == UNPROCESSABLE
    assert "Content-Disposition" not in answer.headers


def test_too_many_ranges_are_refused(digits):
    spec = Spec(layers=[{"units": 8}] * 64, head="softmax")
    units = {f"layers.{i}.units": texts_of(Integers(low=1, high=9), None) for i in range(64)}
    posted = SweepForm.filled(digits, spec, Plan()).posted | joined(units | {"l2": {"scale": "log"}})
    assert "65 values are ranges; 64 can be searched" in SweepForm(digits, posted).problems["space"]


def test_the_plan_follows_the_strategies_that_there_are(as_owner, digits):
    text = as_owner.get(NEW, {"dataset": digits.dataset_id}).text
    for name in PlanForm({}).sections({})[0].part.names:
        assert f'id="part-plan-{name}"' in text
    assert '<option value="random" selected>Random</option>' in text


def test_nothing_on_the_page_needs_inline_script_or_style(as_owner, sweep):
    text = as_owner.get(NEW, {"like_sweep": sweep.pk}).text
    assert "<style" not in text
    assert ' style="' not in text
    assert " onclick" not in text


def test_every_control_has_a_name_and_every_id_is_there_once(as_owner, sweep):
    text = as_owner.get(NEW, {"like_sweep": sweep.pk}).text
    ids = re.findall(r' id="([^"]+)"', text)
    assert sorted(set(ids)) == sorted(ids)
    for control in re.findall(r"<(?:input(?! type=\"hidden\")|select|textarea)[^>]*>", text):
        identifier = re.search(r' id="([^"]+)"', control)[1]
        named = f'for="{identifier}"' in text or "aria-label" in control or 'type="checkbox"' in control
        assert named, control
        for described in (re.search(r'aria-describedby="([^"]+)"', control) or ["", ""])[1].split():
            assert described in ids, described


def test_sweeps_stand_beside_runs_in_the_navigation(as_owner, sweep):
    text = as_owner.get(reverse("sweeps:list")).text
    assert f'<a href="{reverse("sweeps:list")}" aria-current="true">Sweeps</a>' in text
    assert "First" in text
    assert "First" in as_owner.get(sweep.get_absolute_url()).text


def test_a_dataset_without_a_dev_part_is_refused_with_what_to_do(send, digits):
    type(digits).objects.update(n_dev=0)
    answer = send()
    assert answer.status_code == UNPROCESSABLE
    assert "has no dev part, by which trials are compared" in answer.text
    assert not Sweep.objects.exists()
