"""`manage.py train`, with the worker's task called where a worker would be."""

import io
import json
import signal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.runs.keyboard.terminal import Pipe, Terminal
from tests.webapp.sweeps.sweeping import read
from webapp.datasets.models import Dataset
from webapp.runs import tasks
from webapp.runs.keyboard.laboratory import address_of
from webapp.runs.models import Run

from .factories import a_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

SMALL = {"epochs": 3, "batch_size": 8, "layers": [{"units": 4}]}


@pytest.fixture
def file(tmp_path):
    """Makes a file of a spec."""

    def write(content):
        path = tmp_path / "spec.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return str(path)

    return write


def train(path: str, *options: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    user = [] if "--user" in options else ["--user", "ada"]
    dataset = [] if "--dataset" in options else ["--dataset", "points"]
    call_command("train", path, *options, *user, *dataset, stdout=out)
    return out.getvalue()


def refusal(*arguments: str, code: int = 2) -> str:
    with pytest.raises(CommandError) as caught:
        train(*arguments)
    assert caught.value.returncode == code
    assert Run.objects.exists() == (code == 1)
    return str(caught.value)


def train_them() -> None:
    for pk in Run.objects.values_list("pk", flat=True):
        tasks.train_run(pk)


def test_a_run_is_trained_with_what_the_file_changes_in_the_preset(file):
    read()
    said = train(file(SMALL), "--name", "from the keyboard", out=Pipe(train_them))
    run = Run.objects.get()
    assert (run.name, run.state, run.owner) == ("from the keyboard", "finished", a_user())
    assert (run.spec["epochs"], run.spec["optimizer"]["kind"], run.spec["head"]["kind"]) == (
        3,
        "adam",
        "sigmoid",
    )
    first, half, ended, address, _ = said.split("\n")
    assert first == f"Run {run.pk}, “from the keyboard”: /runs/{run.pk}/"
    assert half.startswith("100%  epoch 3 of 3, dev error ")
    assert ended.startswith("Finished after 3 epochs: dev error ")
    assert address == f"/runs/{run.pk}/"


def test_a_bar_is_drawn_on_a_terminal(file):
    read()
    said = train(file({"spec": SMALL}), out=Terminal(train_them))
    assert "\r[                    ]   0%  queued" in said
    assert "\r[====================] 100%  epoch 3 of 3, dev error" in said
    assert Run.objects.get().name == "points, 4, Adam 0.001"


def test_the_number_of_epochs_may_be_given_beside_the_file(file):
    read()
    train(file(SMALL), "--epochs", "7", "--no-wait")
    run = Run.objects.get()
    assert (run.state, run.spec["epochs"]) == ("queued", 7)


def test_ctrl_c_lets_the_run_go_on_and_says_where_to_stop_it(file):
    read()
    terminal = Terminal(lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(SystemExit) as caught:
        train(file(SMALL), out=terminal)
    assert caught.value.code == 1
    run = Run.objects.get()
    assert run.state == "queued"
    said = f"The run goes on without you. Its page has a button to stop it: /runs/{run.pk}/\n"
    assert terminal.getvalue().endswith(said)


def test_a_run_that_fails_ends_the_command_with_the_reason(file):
    read()

    def quarantined() -> None:
        Dataset.objects.update(quarantine="Personal data.")
        train_them()

    with pytest.raises(CommandError, match=r"The run has failed.*Personal data.*/runs/") as caught:
        train(file(SMALL), out=Terminal(quarantined))
    assert caught.value.returncode == 1


def test_without_a_worker_it_says_how_to_start_one_and_leaves_the_run_queued(file):
    read()
    said = refusal(file(SMALL), "--patience", "0", code=1)
    assert said.startswith(
        "It waits in the queue, but no worker is there to take it. Start one with `manage.py lab`"
    )
    assert Run.objects.get().state == "queued"


def test_a_run_deleted_meanwhile_is_told(file):
    read()
    with pytest.raises(CommandError, match=r"The run was deleted\.") as caught:
        train(file(SMALL), out=Terminal(lambda: Run.objects.all().delete()))
    assert caught.value.returncode == 1


def test_problems_of_the_spec_are_told_by_file_line_and_field(file):
    read()
    path = file('{\n"learning_rate": -1,\n"layers": [{"units": 4},\n{"units": 0}],\n"lr": 1}')
    lines = refusal(path).split("\n")
    assert lines[0].startswith(f"{path}, line 4: layers.1.units: Units must be at least 1")
    assert lines[1].startswith(
        f"{path}, line 2: learning_rate: Learning rate must be greater than 0, but is -1."
    )
    assert lines[2] == f"{path}, line 5: lr: There is no setting called 'lr': remove it."


@pytest.mark.parametrize(
    ("spec", "options", "said"),
    [
        (
            {"head": "squared_error"},
            [],
            "line 2: head: This head cannot learn “points” (binary): choose Sigmoid",
        ),
        ({"batch_size": 1000}, [], "line 2: batch_size: 1,000 is larger than the training part"),
        ({}, ["--epochs", "0"], "--epochs: Epochs must be at least 1, but is 0."),
        ({"spec": 3}, [], "line 2: spec: The spec must be an object, but is 3."),
        ({"spec": {}, "plan": {}}, [], "line 3: plan: A single run has none"),
        ({}, ["--name", "n" * 201], "--name has 201 characters: give at most 200."),
        ({}, ["--user", "nobody"], "There is no active account named nobody."),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(file, spec, options, said):
    read()
    assert said in refusal(file(spec), *options)


def test_the_owner_is_who_started_the_laboratory(file):
    assert "has no owner yet. Start one with `manage.py lab`" in _refused_without_user(file({}))


def _refused_without_user(path: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("train", path, "--dataset", "points")
    return str(caught.value)


def test_an_unknown_dataset_is_answered_with_those_there_are(file):
    mine, _ = a_dataset(name="Mine", owner=a_user()), a_dataset(name="Theirs", owner=a_user("bob"))
    said = refusal(file({}), "--dataset", "theirs")
    assert said.startswith(
        f"There is no dataset “theirs”. There are: “Mine” ({mine.pk}). These come with the "
    )
    assert "digits, " in said


def test_a_dataset_is_found_by_its_number_and_in_any_case(file):
    version = read()
    train(file(SMALL), "--no-wait", "--dataset", "POINTS")
    train(file(SMALL), "--no-wait", "--dataset", str(version.dataset_id))
    assert set(Run.objects.values_list("version", flat=True)) == {version.pk}


def test_of_several_datasets_with_one_name_the_number_is_asked_for(file):
    one, two = a_dataset(owner=a_user()), a_dataset(owner=a_user())
    said = refusal(file({}))
    assert said.startswith("There are 2 datasets named “points”. Give the number of one: ")
    assert f"{one.pk} (" in said
    assert f"{two.pk} (" in said


def test_a_dataset_that_comes_with_the_laboratory_is_taken(file):
    a_user()
    with pytest.raises(CommandError, match="is not read yet, and no worker is there") as caught:
        train(file({}), "--dataset", "iris", "--patience", "0")
    assert caught.value.returncode == 1
    assert Dataset.objects.get().builtin == "iris"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"quarantine": "Personal data."},
            "“points” is in quarantine, so nothing is trained on it. Personal data.",
        ),
        (
            {"state": "failed", "problem": {"message": "It is empty.", "advice": "Add rows."}},
            "“points” could not be read. It is empty. Add rows.",
        ),
    ],
)
def test_a_dataset_that_cannot_be_trained_on_is_refused_with_the_reason(file, fields, said):
    a_dataset(owner=a_user(), **fields)
    assert refusal(file({})) == said


def test_the_address_is_that_of_the_laboratory_on_this_machine_or_of_the_public_site(settings, tmp_path):
    settings.HONE_HOME, settings.CSRF_TRUSTED_ORIGINS = tmp_path, ["https://hone.example.org"]
    assert address_of("/runs/1/") == "https://hone.example.org/runs/1/"
    (tmp_path / "lab.json").write_text('{"pid": 1, "address": "http://127.0.0.1:8000"}')
    assert address_of("/runs/1/") == "http://127.0.0.1:8000/runs/1/"
