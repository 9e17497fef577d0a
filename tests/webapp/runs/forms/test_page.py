"""The New run page as a browser meets it."""

import re
from http import HTTPStatus

import pytest
from django.urls import reverse

from engine import Spec
from webapp.datasets.models import Dataset
from webapp.runs.forms.fields import Marks, bind
from webapp.runs.forms.presets import PRESETS
from webapp.runs.forms.spec_form import ROOT
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db
NEW, EDIT = reverse("runs:new"), reverse("runs:new-edit")


def names_of(posted):
    """What a page that has just been loaded tells of its controls: nothing is to be drawn anew."""
    allowed = {"head": ("softmax",)}
    shapes = {
        f"shape.{name}": bind(field, name, posted, Marks({}, allowed=allowed)).shape
        for name, field in ROOT.fields.items()
    }
    return shapes | {"shape.dataset": posted["dataset"]}


@pytest.fixture
def edit(as_owner, posted):
    """Posts an edit of a page that showed the default preset."""

    def send(action="", **changes):
        data = posted(**changes) | names_of(posted()) | {"action": action}
        return as_owner.post(EDIT, data)

    return send


def test_the_page_starts_with_the_default_preset(as_owner, digits):
    text = as_owner.get(NEW, {"dataset": digits.dataset_id}).text
    assert 'name="layers.0.units" value="256"' in text
    assert 'name="layers.1.units" value="128"' in text
    assert "preset=sensible" in text
    assert "50,826" in text


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_is_part_of_the_address(as_owner, digits, key):
    answer = as_owner.get(NEW, {"dataset": digits.dataset_id, "preset": key})
    assert answer.context["form"].spec == PRESETS[key].spec_for(digits)
    assert answer.context["current_preset"] == key


def test_an_unknown_preset_is_the_default(as_owner, digits):
    assert as_owner.get(NEW, {"preset": "<b>"}).context["current_preset"] == "sensible"


def test_without_a_dataset_the_newest_ready_one_is_taken(as_owner, digits, points):
    assert as_owner.get(NEW).context["page"].version == points


def test_without_any_dataset_the_page_leads_to_one(as_owner):
    text = as_owner.get(NEW).text
    assert reverse("datasets:new") in text
    assert "<form class" not in text


def test_a_dataset_that_is_still_read_is_explained(as_owner, make_version):
    dataset = make_version(state="parsing", task="", name="Slow")
    answer = as_owner.get(NEW, {"dataset": dataset.dataset_id})
    assert "“Slow” is still being read" in answer.text
    assert as_owner.post(NEW, {"dataset": dataset.dataset_id}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert as_owner.post(EDIT, {"dataset": dataset.dataset_id}).headers["HX-Redirect"] == NEW


def test_a_dataset_that_failed_is_explained(as_owner, make_version):
    dataset = make_version(state="failed", task="", name="Torn")
    assert "“Torn” could not be read" in as_owner.get(NEW, {"dataset": dataset.dataset_id}).text


@pytest.mark.parametrize("pk", ["0", "999", "abc", "-1", "٣", "9" * 30, "1; drop"])
def test_a_dataset_or_run_that_is_not_there_is_not_found(as_owner, digits, posted, pk):
    for field in ("dataset", "like"):
        assert as_owner.get(NEW, {field: pk}).status_code == HTTPStatus.NOT_FOUND
        assert as_owner.post(NEW, posted(**{field: pk})).status_code == HTTPStatus.NOT_FOUND
        assert as_owner.post(EDIT, posted(**{field: pk})).status_code == HTTPStatus.NOT_FOUND


@pytest.fixture
def left(as_owner, digits, points, posted):
    """What a page posts whose dataset, of digits, was deleted in another tab; that of points is left."""
    fields = posted(name="Mine", learning_rate="0.02") | {"shape.dataset": str(digits.pk)}
    digits.dataset.delete()
    return fields


GONE = "The dataset was deleted. “Points” stands in for it"


def test_a_form_outlives_its_dataset(as_owner, left, points):
    answer = as_owner.post(NEW, left)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert GONE in answer.text.partition('id="status-dataset"')[2].partition("</div>")[0]
    assert re.search(r'<select id="dataset"[^>]+ aria-invalid="true" autofocus>', answer.text)
    assert f'value="{points.dataset_id}" selected' in answer.text
    for kept in ('value="Mine"', 'name="learning_rate" value="0.02"', 'name="layers.0.units" value="256"'):
        assert kept in answer.text
    assert not Run.objects.exists()
    again = left | {
        "dataset": str(points.dataset_id),
        "head.kind": answer.context["form"].posted["head.kind"],
    }
    assert as_owner.post(NEW, again).status_code == HTTPStatus.FOUND
    assert Run.objects.get().version == points


def test_a_copy_outlives_its_run_and_the_dataset_of_both(as_owner, left, points):
    answer = as_owner.post(NEW, left | {"like": "4711"})
    assert GONE in answer.text
    assert 'name="learning_rate" value="0.02"' in answer.text
    assert as_owner.get(NEW, {"like": "4711"}).status_code == HTTPStatus.NOT_FOUND


def test_what_is_no_number_of_a_dataset_was_not_deleted(as_owner, left, points):
    assert as_owner.post(NEW, left | {"dataset": "abc"}).status_code == HTTPStatus.NOT_FOUND


def test_an_edit_of_a_form_whose_dataset_was_deleted_shows_what_can_be_chosen(as_owner, left, points):
    answer = as_owner.post(EDIT, left)
    choice = answer.text.partition('id="launch-dataset" hx-swap-oob="true"')[2].partition("</select>")[0]
    assert f'value="{points.dataset_id}" selected' in choice
    assert GONE in answer.text
    assert answer.headers["HX-Replace-Url"] == f"{NEW}?dataset={points.dataset_id}"


def test_a_button_in_a_form_whose_dataset_was_deleted_is_pressed_all_the_same(as_owner, left):
    answer = as_owner.post(NEW, left | {"action": "layers.add"})
    assert 'name="layers.2.units"' in answer.text
    assert GONE in answer.text


def test_a_form_whose_dataset_was_the_only_one_has_nothing_to_go_on_with(as_owner, left, points):
    points.dataset.delete()
    assert as_owner.post(NEW, left).status_code == HTTPStatus.NOT_FOUND


def test_somebody_elses_dataset_is_not_there(as_outsider, digits, posted):
    assert as_outsider.get(NEW, {"dataset": digits.dataset_id}).status_code == HTTPStatus.NOT_FOUND
    assert as_outsider.post(NEW, posted()).status_code == HTTPStatus.NOT_FOUND
    assert as_outsider.post(EDIT, posted()).status_code == HTTPStatus.NOT_FOUND
    assert not Run.objects.exists()


def test_a_built_in_dataset_is_for_everyone(as_outsider, make_version):
    dataset = make_version(owner=None, builtin="digits")
    assert as_outsider.get(NEW, {"dataset": dataset.dataset_id}).status_code == HTTPStatus.OK


def test_a_stranger_is_asked_to_sign_in(client, digits):
    assert client.get(NEW).status_code == HTTPStatus.FOUND
    assert client.post(EDIT).status_code == HTTPStatus.FOUND


def test_train_queues_the_run_and_goes_to_it(as_owner, owner, digits, posted):
    answer = as_owner.post(NEW, posted(name="First try", learning_rate="1e-2"))
    run = Run.objects.get()
    assert answer.headers["Location"] == run.get_absolute_url()
    assert (run.owner, run.version, run.name, run.state) == (owner, digits, "First try", "queued")
    assert run.configuration == PRESETS["sensible"].spec_for(digits).model_copy(
        update={"learning_rate": 0.01}
    )


def test_a_run_without_a_name_is_named_by_its_settings(as_owner, posted):
    as_owner.post(NEW, posted(name="  "))
    assert Run.objects.get().name == "Digits, 256-128, Adam 0.001"


@pytest.mark.parametrize("name", ["x" * 201, "a\0b"])
def test_an_impossible_name_is_refused_at_its_field(as_owner, posted, name):
    answer = as_owner.post(NEW, posted(name=name))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="error-name"' in answer.text
    assert not Run.objects.exists()


LAYER = {"units": "4", "activation.kind": "relu", "initializer.kind": "he"}
MANY = {f"layers.{row}.{name}": text for row in range(300) for name, text in LAYER.items()}
BAD = [
    ({"learning_rate": "0"}, "learning_rate", "greater than 0"),
    ({"learning_rate": "-0.1"}, "learning_rate", "greater than 0"),
    ({"learning_rate": "nan"}, "learning_rate", "not a number"),
    ({"learning_rate": "1e9"}, "learning_rate", "at most 10"),
    ({"learning_rate": "1e400"}, "learning_rate", "too large"),
    ({"learning_rate": "abc"}, "learning_rate", "not a number"),
    ({"learning_rate": ""}, "learning_rate", "is empty"),
    ({"learning_rate": "\u0660.\u0661"}, "learning_rate", "not a number"),
    ({"learning_rate": "<script>alert(1)</script>"}, "learning_rate", "not a number"),
    ({"learning_rate": "9" * 100_000}, "learning_rate", "too large"),
    ({"layers.0.units": "10000000"}, "layers.0.units", "at most 65,536"),
    ({"layers.0.units": "0"}, "layers.0.units", "at least 1"),
    ({"layers.0.units": "3.5"}, "layers.0.units", "not a whole number"),
    ({"layers.0.units": "1e400"}, "layers.0.units", "too large"),
    ({"layers.0.activation.kind": "swish"}, "layers.0.activation", "not known here"),
    ({"layers.0.activation.kind": ""}, "layers.0.activation", "not known here"),
    (
        {"layers.1.activation.kind": "leaky_relu", "layers.1.activation.slope": "2"},
        "layers.1.activation.slope",
        "less than 1",
    ),
    ({"batch_size": "1080"}, "batch_size", "1,079"),
    ({"batch_size": "0"}, "batch_size", "at least 1"),
    ({"batch_size": "1e17"}, "batch_size", "1,079"),
    ({"epochs": "0"}, "epochs", "at least 1"),
    ({"epochs": "1e6"}, "epochs", "at most 100,000"),
    ({"seed": "-1"}, "seed", "at least 0"),
    ({"seed": "1" + "0" * 30}, "seed", "too large"),
    ({"optimizer.kind": "lion"}, "optimizer", "not known here"),
    ({"optimizer.beta1": "1"}, "optimizer.beta1", "less than 1"),
    ({"head.kind": "squared_error"}, "head", "choose Softmax"),
    ({"head.kind": "sigmoid"}, "head", "cannot learn"),
    ({"head.kind": None}, "head", ""),
    ({"head.class_weights": "1, -2, 3"}, "head.class_weights", "at least 0"),
    ({"head.class_weights": "1, 2, 3"}, "head.class_weights", "“Digits” has 10 classes, and 3 weights"),
    ({"head.class_weights": "7", "augmentations.0.kind": "shift"}, "head.class_weights", "and 1 weight is"),
    ({"clip_norm": "0"}, "clip_norm", "greater than 0"),
    ({"precision": "float16"}, "precision", "not known here"),
    ({"normalise.kind": "whiten"}, "normalise", "not known here"),
    (MANY, "layers", "at most 64"),
    ({"layers.0.dropout": "0.5"}, "layers.0.dropout", "has no field"),
    ({"__proto__": "1"}, "__proto__", "has no field"),
]


@pytest.mark.parametrize(("changes", "path", "words"), BAD)
def test_bad_input_is_refused_at_its_field_and_kept_as_typed(as_owner, posted, changes, path, words):
    answer = as_owner.post(NEW, posted(**changes))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in answer.context["form"].problems[path]
    assert not Run.objects.exists()
    bounds = {bound.path: bound for bound in answer.context["consequences"]._bound.values()}
    for name, text in changes.items():
        place = name.removesuffix(".kind")
        if place in bounds and text is not None:
            assert bounds[place].value == text
    if path in bounds:
        assert bounds[path].error == answer.context["form"].problems[path]
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(("changes", "path", "words"), BAD)
def test_bad_input_is_explained_while_editing(edit, changes, path, words):
    answer = edit(**changes)
    assert answer.status_code == HTTPStatus.OK
    assert words in answer.context["form"].problems[path]


def test_zero_layers_are_refused_in_words(as_owner, posted):
    without = {name: None for name in posted() if name.startswith("layers.")}
    answer = as_owner.post(NEW, posted(**without))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "A network needs at least one hidden layer" in answer.text


def test_thousands_of_layers_are_refused_before_they_are_read(as_owner, posted):
    thousands = {f"layers.{row}.units": "1" for row in range(5000)}
    assert as_owner.post(NEW, posted(**thousands)).status_code == HTTPStatus.BAD_REQUEST


def test_too_much_memory_is_refused_at_the_largest_layer(as_owner, posted, settings):
    settings.HONE_RUN_MEMORY_BYTES = 50_000_000
    answer = as_owner.post(NEW, posted(**{"layers.0.units": "60000", "layers.1.units": "60000"}))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The largest part is hidden layer 2" in answer.context["form"].problems["layers.1.units"]


def stats_of(text):
    """The numbers beside the form by what they are called."""
    return dict(re.findall(r"<dt[^>]*>([^<]+)</dt><dd[^>]*>([^<]*)</dd>", text))


def test_what_is_not_known_has_a_dash(as_owner, posted):
    known = stats_of(as_owner.post(EDIT, posted()).text)
    assert (known["Steps per epoch"], known["Parameters"]) == ("34", "50,826")
    stats = stats_of(as_owner.post(EDIT, posted(batch_size="0")).text)
    assert [stats[name] for name in ("Steps per epoch", "One epoch", "Whole run")] == ["–"] * 3
    stats = stats_of(as_owner.post(EDIT, posted(**{"layers.0.units": "0"})).text)
    assert (stats["Parameters"], stats["Memory"]) == ("–", "–")


def test_several_mistakes_are_told_at_once(as_owner, posted):
    answer = as_owner.post(NEW, posted(learning_rate="x", epochs="0", batch_size="5000"))
    assert set(answer.context["form"].problems) == {"learning_rate", "epochs", "batch_size"}
    assert "3 things to mend" in answer.text


def test_typing_a_number_leaves_every_control_alone(edit):
    text = edit(learning_rate="0.02").text
    assert 'id="consequences"' in text
    assert 'id="part-' not in text
    assert "<select" not in text


def test_choosing_another_kind_draws_only_that_field_anew(edit):
    text = edit(**{"optimizer.kind": "momentum"}).text
    assert text.count('id="part-') == 1
    assert 'id="part-optimizer" hx-swap-oob="true"' in text
    assert 'name="optimizer.beta" value="0.9"' in text


def test_a_part_drawn_anew_holds_no_fragments_to_be_swapped_elsewhere(edit):
    part = edit("layers.add").text.partition('id="part-layers"')[2]
    assert 'id="status-layers-0-units" aria-live="polite">' in part


@pytest.mark.parametrize(
    ("action", "widths", "focus"),
    [
        ("layers.add", ["256", "128", "128"], "layers-2-units"),
        ("layers.0.remove", ["128"], "layers-0-remove"),
        ("layers.0.down", ["128", "256"], "layers-1-up"),
    ],
)
def test_the_buttons_of_the_layers_work(edit, action, widths, focus):
    answer = edit(action)
    layers = answer.context["form"].spec.layers
    assert [str(layer.units) for layer in layers] == widths
    assert 'id="part-layers" hx-swap-oob="true"' in answer.text
    focused = answer.text.partition(" autofocus")[0].rpartition(' id="')[2].partition('"')[0]
    assert focused == focus


def test_the_buttons_work_without_javascript(as_owner, posted):
    answer = as_owner.post(NEW, posted(name="mine", action="layers.add"))
    assert answer.status_code == HTTPStatus.OK
    assert 'name="layers.2.units" value="128"' in answer.text
    assert 'value="mine"' in answer.text
    assert not Run.objects.exists()


@pytest.mark.parametrize("address", [EDIT, reverse("sweeps:new-edit")])
@pytest.mark.parametrize("more", [0, 1, 7])
def test_six_mistakes_are_listed_and_the_others_counted(as_owner, posted, address, more):
    names = ["epochs", "batch_size", "l1", "l2", "seed", "input_keep_prob", "optimizer.beta1"]
    names += [f"layers.{row}.{name}" for row in (0, 1) for name in ("units", "keep_prob", "activation.kind")]
    searched = {"learning_rate:scale": "log", "learning_rate:low": "0.01", "learning_rate:high": "0.1"}
    answer = as_owner.post(address, posted(**dict.fromkeys(names[: 6 + more], "x")) | searched)
    assert f"{6 + more} things to mend before" in answer.text
    listed = answer.text.partition("things to mend before")[2].partition("</ul>")[0]
    assert listed.count("<a href") == 6
    assert (f"and {more} more, at their fields" in listed) == (more > 0)


def test_a_mended_mistake_is_taken_back(edit):
    wrong = edit(epochs="0")
    assert 'id="status-epochs" aria-live="polite" hx-swap-oob="true"' in wrong.text
    assert 'name="marked" value="epochs"' in wrong.text
    mended = edit(epochs="5", marked="epochs forged.path <b>").text
    assert 'id="status-epochs"' in mended
    assert "forged" not in mended


def test_another_dataset_keeps_the_network_and_takes_a_head_that_fits(as_owner, posted, digits, houses):
    data = posted(**{"layers.0.units": "77"}) | names_of(posted())
    answer = as_owner.post(EDIT, data | {"dataset": str(houses.dataset_id)})
    assert answer.headers["HX-Replace-Url"] == f"{NEW}?dataset={houses.dataset_id}"
    assert answer.context["form"].spec.head.kind == "squared_error"
    assert answer.context["form"].spec.layers[0].units == 77
    assert 'id="part-head" hx-swap-oob="true"' in answer.text
    assert 'id="presets"' in answer.text
    assert f"dataset={houses.dataset_id}&amp;preset=wide" in answer.text


@pytest.fixture
def like(owner, digits):
    spec = Spec(layers=[{"units": 8}, {"units": 4}], head="softmax", learning_rate=0.01, epochs=3)
    return Run.objects.create(
        owner=owner, version=digits, name="Mine", spec=spec.model_dump(mode="json"), state="finished"
    )


def test_a_clone_starts_from_the_runs_spec_dataset_and_name(as_owner, like, points):
    answer = as_owner.get(NEW, {"like": like.pk})
    assert answer.context["form"].spec == like.configuration
    assert answer.context["page"].version == like.version
    assert 'name="name" value="Mine (2)"' in answer.text
    assert "changed from" not in answer.text


def test_a_clone_of_a_clone_counts_on(as_owner, owner, like):
    for name in ("Mine (2)", "Mine (3)"):
        Run.objects.create(owner=owner, version=like.version, name=name, spec=like.spec)
    second = Run.objects.get(name="Mine (2)")
    assert as_owner.get(NEW, {"like": second.pk}).context["name"] == "Mine (4)"


def test_what_differs_from_the_original_is_marked(as_owner, like, posted):
    changes = {"like": str(like.pk), "learning_rate": "0.02", "optimizer.kind": "momentum", "epochs": "3.0"}
    units = {"layers.0.units": "8", "layers.1.units": "4", "batch_size": "64"}
    answer = as_owner.post(EDIT, posted(**changes, **units))
    marks = {bound.path: bound.change for bound in answer.context["consequences"]._bound.values()}
    assert {path: change for path, change in marks.items() if change} == {
        "learning_rate": "changed from 0.01",
        "optimizer": "changed from Adam",
        "optimizer.beta": "new",
        "optimizer.form": "new",
    }


def test_added_and_removed_layers_are_marked(as_owner, like):
    page = as_owner.get(NEW, {"like": like.pk}).context["form"].posted | {"like": str(like.pk)}
    page |= {"dataset": str(like.version.dataset_id)}
    added = as_owner.post(EDIT, page | {"action": "layers.add"})
    assert '<p class="field__change">new</p>' in added.text
    removed = as_owner.post(EDIT, page | {"action": "layers.1.remove"})
    assert "1 fewer" in removed.text


def test_another_dataset_for_a_clone_is_marked(as_owner, like, points):
    text = as_owner.get(NEW, {"like": like.pk, "dataset": points.dataset_id}).text
    assert "changed from Digits" in text
    assert "changed from Softmax" not in text


def test_a_clone_whose_class_weights_do_not_fit_another_dataset_says_so_at_their_field(
    as_owner, like, make_version
):
    like.spec["head"]["class_weights"] = [1.0] * 10
    like.save()
    three = make_version(name="Irises", n_features=4, n_outputs=3, classes=list("abc"))
    assert as_owner.get(NEW, {"like": like.pk}).context["form"].problems == {}
    answer = as_owner.get(NEW, {"like": like.pk, "dataset": three.dataset_id})
    assert answer.status_code == HTTPStatus.OK
    beside = answer.text.partition('id="status-head-class_weights"')[2][:300]
    assert "“Irises” has 3 classes, and 10 weights are given" in beside


@pytest.mark.parametrize(
    ("dataset", "head", "fitting", "words"),
    [
        ("points", "sigmoid", "1, 5", "“Points” has 2 classes"),
        ("points", "softmax", "1, 5", "“Points” has 2 classes"),
        ("tags", "sigmoid", "1, 5", "Each label has 2 classes"),
    ],
)
def test_there_is_one_weight_for_each_class_that_the_head_tells_apart(
    as_owner, posted, points, make_version, dataset, head, fitting, words
):
    tags = make_version(name="Tags", task="multilabel", n_outputs=3, classes=["sky", "sea", "sun"])
    version = {"points": points, "tags": tags}[dataset]
    chosen = {"dataset": str(version.dataset_id), "head.kind": head}
    answer = as_owner.post(EDIT, posted(**chosen, **{"head.class_weights": "1, 2, 3"}))
    assert words in answer.context["form"].problems["head.class_weights"]
    assert as_owner.post(EDIT, posted(**chosen, **{"head.class_weights": fitting})).context["form"].spec


def test_somebody_elses_run_cannot_be_cloned(as_outsider, like, make_version):
    make_version(owner=None)
    assert as_outsider.get(NEW, {"like": like.pk}).status_code == HTTPStatus.NOT_FOUND
    assert as_outsider.post(EDIT, {"like": like.pk}).status_code == HTTPStatus.NOT_FOUND


def test_nothing_on_the_page_needs_inline_script_or_style(as_owner, digits):
    text = as_owner.get(NEW).text
    assert "<style" not in text
    assert ' style="' not in text
    assert " onclick" not in text


def test_every_control_has_a_label_and_a_line_of_help(as_owner, digits):
    text = as_owner.get(NEW).text
    ids = set(re.findall(r' id="([^"]+)"', text))
    for control in re.findall(r"<(?:input(?! type=\"hidden\")|select)[^>]*>", text):
        identifier = re.search(r' id="([^"]+)"', control)[1]
        assert f'<label for="{identifier}"' in text, identifier
        for described in (re.search(r'aria-describedby="([^"]+)"', control) or ["", ""])[1].split():
            assert described in ids, described
    assert len(re.findall(r' id="([^"]+)"', text)) == len(ids)


def test_an_archived_dataset_is_offered_only_where_it_is_asked_for(as_owner, digits, points):
    Dataset.objects.filter(pk=digits.dataset_id).update(archived=True)
    option = f'<option value="{digits.dataset_id}"'
    assert option not in as_owner.get(NEW).text
    assert f"{option} selected>Digits</option>" in as_owner.get(NEW, {"dataset": digits.dataset_id}).text


def test_a_dataset_in_quarantine_says_why_nothing_trains_on_it(as_owner, digits):
    Dataset.objects.filter(pk=digits.dataset_id).update(quarantine="The labels are wrong.")
    text = as_owner.get(NEW, {"dataset": digits.dataset_id}).text
    assert "in quarantine" in text
    assert "The labels are wrong." in text
    assert "could not be read" not in text


def test_a_fold_with_rows_in_it_is_open(as_owner, digits, posted):
    fold = re.compile(r'<details class="fold card--fold" open>\s*<summary>Data, augmentations')
    assert not fold.search(as_owner.get(NEW, {"dataset": digits.dataset_id}).text)
    assert fold.search(as_owner.post(NEW, posted(action="augmentations.add")).text)
