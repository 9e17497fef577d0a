"""`manage.py sweep`, with the worker's task called where a worker would be."""

import io
import json
import signal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.webapp.runs.factories import a_user
from tests.webapp.runs.keyboard.terminal import Pipe, Terminal
from tests.webapp.sweeps.sweeping import RATES, read
from webapp.sweeps import tasks
from webapp.sweeps.control import stop
from webapp.sweeps.models import Sweep
from webapp.sweeps.wording import in_words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

SPEC = {"epochs": 3, "batch_size": 8, "layers": [{"units": 4}]}


@pytest.fixture
def file(tmp_path):
    """Makes a file of a space."""

    def write(content):
        path = tmp_path / "space.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return str(path)

    return write


def search(path: str, *options: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("sweep", path, "--dataset", "points", "--user", "ada", *options, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        search(*arguments)
    assert caught.value.returncode == 2
    assert not Sweep.objects.exists()
    return str(caught.value)


def train_them() -> None:
    while Sweep.objects.filter(state=Sweep.State.RUNNING).exists():  # it lets go when other messages wait
        tasks.train_cohorts()


def test_a_sweep_is_carried_out_and_ends_with_its_best_trial(file):
    read()
    plan = {"space": {"dimensions": RATES}, "trials": 5}
    said = search(file({"spec": SPEC, "plan": plan}), "--name", "rates", out=Pipe(train_them))
    sweep = Sweep.objects.get()
    best = sweep.trials.ranked()[0]
    assert (sweep.name, sweep.state, sweep.owner, sweep.trials.count()) == ("rates", "finished", a_user(), 5)
    lines = said.split("\n")
    assert lines[0] == f"Sweep {sweep.pk}, “rates”: /sweeps/{sweep.pk}/"
    assert lines[1].startswith("100%  5/5 trials, best dev error ")
    assert lines[2].endswith(", trials: 5 finished.")
    assert lines[3].startswith(f"Best is trial {best.number} with dev error ")
    assert lines[4] == f"    learning_rate  {in_words('learning_rate', best.values['learning_rate'])}"
    assert lines[5:7] == [f"    /runs/{best.run_id}/", f"/sweeps/{sweep.pk}/"]


@pytest.mark.parametrize(
    "content",
    [RATES, {"plan": {"space": RATES}}, {"plan": {"space": {"dimensions": RATES}}, "spec": {}}],
    ids=["ranges alone", "ranges in a plan", "dimensions in a plan"],
)
def test_a_file_may_leave_out_whatever_is_as_usual(file, content):
    read()
    search(file(content), "--trials", "7", "--no-wait")
    sweep = Sweep.objects.get()
    assert list(sweep.planned.space.dimensions) == ["learning_rate"]
    assert (sweep.planned.trials, sweep.name) == (7, "points, learning rate")
    assert sweep.spec["layers"][0]["units"] == 64


def test_a_bar_is_drawn_on_a_terminal(file):
    read()
    content = {"spec": SPEC, "plan": {"space": RATES, "objective": "dev_cost"}}
    said = search(file(content), "--trials", "2", out=Terminal(train_them))
    assert "\r[                    ]   0%  0/2 trials" in said
    assert "\r[====================] 100%  2/2 trials, best dev cost 0." in said


def test_ctrl_c_lets_the_sweep_go_on_and_says_where_to_stop_it(file):
    read()
    terminal = Terminal(lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(SystemExit) as caught:
        search(file(RATES), out=terminal)
    sweep = Sweep.objects.get()
    assert (caught.value.code, sweep.state) == (1, "running")
    said = f"The sweep goes on without you. Its page has a button to stop it: /sweeps/{sweep.pk}/\n"
    assert terminal.getvalue().endswith(said)


def test_without_a_worker_it_says_how_to_start_one_and_leaves_the_sweep_waiting(file):
    read()
    with pytest.raises(CommandError, match=r"no worker is there to take it\. Start one with") as caught:
        search(file(RATES), "--patience", "0")
    assert (caught.value.returncode, Sweep.objects.get().state) == (1, "running")


def test_a_sweep_stopped_meanwhile_has_no_result(file):
    read()
    with pytest.raises(CommandError, match="No trial was trained to its end") as caught:
        search(file(RATES), out=Terminal(lambda: stop(Sweep.objects.get())))
    assert caught.value.returncode == 1


def test_a_sweep_whose_every_trial_diverges_says_so_with_advice(file):
    read()
    wild = {"learning_rate": {"kind": "uniform", "low": 9, "high": 10}}
    spec = {"head": "sigmoid", "optimizer": "nesterov", "epochs": 50, "batch_size": 8}
    content = {"spec": spec | {"layers": [{"units": 8, "activation": "linear"}] * 6}, "plan": {"space": wild}}
    terminal = Terminal(train_them)
    with pytest.raises(CommandError, match="No trial was trained to its end") as caught:
        search(file(content), "--trials", "2", out=terminal)
    assert caught.value.returncode == 1
    assert "The learning rates were too large: search lower ones" in terminal.getvalue()


def test_a_sweep_deleted_meanwhile_is_told(file):
    read()
    with pytest.raises(CommandError, match=r"The sweep was deleted\.") as caught:
        search(file(RATES), out=Terminal(lambda: Sweep.objects.all().delete()))
    assert caught.value.returncode == 1


LOG = '{"kind": "log", "low": 0.001, "high": 0.1}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"l2":\n{"kind": "log",\n"low": 0, "high": 1}}',
            "line 1: l2: A logarithmic range cannot begin at 0",
        ),
        (
            '{"plan": {"space": {\n"l2": {"kind": "log", "low": 2, "high": 1}}}}',
            "line 2: plan.space.l2: The range",
        ),
        (
            '{"plan": {"space": {"dimensions": {\n"l2": {"kind": "log", "high": 1}}}}}',
            "line 2: plan.space.dimensions.l2.low: ",
        ),
        ('{"l2": {"kind": "log",\n"low": "a", "high": 1}}', "line 2: l2.low: "),
        ('{\n"learning_rate": 0.1}', "line 2: learning_rate: "),
        ('{\n"lr": ' + LOG + "}", "line 2: lr: There is no lr in this network."),
        (
            '{\n"optimizer.beta": ' + LOG + "}",
            "line 2: optimizer.beta: There is no optimizer.beta in this network.",
        ),
        (
            '{"plan": {"trials": 3}}',
            "line 1: plan.space: Nothing is searched: turn at least one value into a range.",
        ),
        (
            '{"spec": {},\n"plan": {},\n"plna": 1}',
            "line 3: plna: Beside “spec” and “plan” there is nothing else",
        ),
        ('{"plan":\n[]}', "line 1: plan: "),
        (
            '{"plan": {"space": {"l2": ' + LOG + '},\n"trials": 0}}',
            "line 2: plan.trials: Trials must be at least 1",
        ),
        ('{"plan": {"space": {"l2": ' + LOG + '},\n"strategy": "best"}}', "line 2: plan.strategy"),
        (
            '{"plan": {"space": {"l2": ' + LOG + '}},\n"spec": {"epochs": 0}}',
            "line 2: spec.epochs: Epochs must be",
        ),
        (
            '{"plan": {"space": {"l2": ' + LOG + '}},\n"spec": {"head": "softmax"}',
            "line 2, column 28: This is not",
        ),
        ('{"plan": {"space": {"l2": ' + LOG + '}},\n"spec": 1}', "line 2: spec: The spec must be an object"),
        (
            '{"plan": {"space": {"l2": ' + LOG + '}},\n"spec": {"head": "huber"}}',
            "line 2: spec.head: This head cannot learn",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place_in_the_file(file, text, said):
    read()
    path = file(text)
    assert f"{path}, {said}" in refusal(path)


def test_an_impossible_number_of_trials_is_that_of_the_option(file):
    read()
    assert refusal(file(RATES), "--trials", "0").startswith("--trials: Trials must be at least 1, but is 0.")
    assert refusal(file(RATES), "--trials", "1000000").startswith("--trials: Trials must be at most 10,000")
