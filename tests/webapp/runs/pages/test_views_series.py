from http import HTTPStatus

import pytest
from django.urls import reverse

from tests.webapp.runs.factories import a_run, a_user, write_chunks
from tests.webapp.serving import ServedClient
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(signed_in):
    return signed_in(a_user())


@pytest.fixture
def run() -> Run:
    run = a_run(state="running", attempt=1, n_steps=4)
    write_chunks(run, [[4.0, 3.0], [2.0, float("nan")]])
    return run


def get(client, run, name="series", **query):
    return client.get(reverse(f"runs:{name}", args=[run.pk]), query)


def test_a_window_of_the_history_holds_its_steps_exactly(ada, run):
    content = get(ada, run, first=2, last=3).json()
    assert content["series"] == {"steps": {"step": [2, 3], "seconds": [0.0, 0.0], "cost": [3.0, 2.0]}}
    assert content["exact"] is True
    assert [attempt["attempt"] for attempt in content["clock"]] == [1]
    assert "superseded" not in content


def test_a_series_comes_smoothed_and_its_gaps_as_null(ada, run):
    steps = get(ada, run, names="cost, learning_rate", beta="0.5").json()["series"]["steps"]
    assert steps["cost"] == [4.0, 3.0, 2.0, None]
    assert steps["smooth.cost"] == pytest.approx(
        [4.0, (0.5 * 4 + 3) / 1.5, (0.25 * 4 + 0.5 * 3 + 2) / 1.75, None]
    )
    assert steps["learning_rate"] == [None] * 4


def test_what_was_superseded_comes_when_it_is_asked_for(ada, run):
    Run.objects.update(attempt=2)
    run.refresh_from_db()
    write_chunks(run, [[9.0]])
    content = get(ada, run, superseded="1").json()
    assert content["series"]["steps"]["cost"] == [9.0]
    (segment,) = content["superseded"]
    assert (segment["attempt"], segment["series"]["steps"]["step"]) == (1, [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"first": "a"}, "first is “a”: give a whole step number."),
        ({"last": "1.5"}, "last is “1.5”: give a whole step number."),
        ({"first": 3, "last": 1}, "first is 3 and last 1: first must not be larger."),
        ({"first": -1}, "first is no step: give a number from 0 on, or leave it out."),
        ({"last": 10**30}, "last is no step: give a number from 0 on, or leave it out."),
        ({"beta": "much"}, "beta is “much”: give a number from 0 to 0.9999."),
        ({"beta": "nan"}, "beta is nan: give a number from 0 to 0.9999."),
        ({"beta": "1"}, "beta is 1.0: give a number from 0 to 0.9999."),
        ({"beta": "-0.1"}, "beta is -0.1: give a number from 0 to 0.9999."),
        ({"names": ","}, "Name at least one series."),
        ({"names": "cost,loss"}, "There is no series loss."),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_the_reason_and_what_there_is(ada, run, query, why):
    answer = get(ada, run, **query)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"].startswith(why)
    assert {"cost", "learning_rate", "dev_error", "memory_mb"} <= set(answer.json()["known"])


@pytest.mark.parametrize("name", ["series", "series-csv"])
def test_the_series_of_somebody_elses_run_are_not_there(signed_in, run, name):
    stranger = signed_in(a_user("stranger"))
    assert get(stranger, run, name).status_code == HTTPStatus.NOT_FOUND


def test_the_series_can_be_taken_away_as_a_file(ada, run):
    answer = get(ada, run, "series-csv", names="cost,learning_rate")
    assert answer["Content-Disposition"] == 'attachment; filename="a run.csv"'
    assert b"".join(answer.streaming_content).decode().splitlines() == [
        "step,seconds,cost,learning_rate",
        "1,0.0,4.0,",
        "2,0.0,3.0,",
        "3,0.0,2.0,",
        "4,0.0,,",
    ]


@pytest.mark.django_db(transaction=True)
async def test_the_file_comes_in_pieces_from_a_server_that_waits_for_nobody(run, redis_server, monkeypatch):
    monkeypatch.setattr("webapp.runs.history.series.PIECE", 3)
    client = ServedClient()
    await client.aforce_login(run.owner)
    answer = await client.get(reverse("runs:series-csv", args=[run.pk]), {"names": "cost"})
    pieces = [piece.decode() async for piece in answer.streaming_content]
    assert pieces == ["step,seconds,cost\n", "1,0.0,4.0\n2,0.0,3.0\n3,0.0,2.0\n", "4,0.0,\n"]


def test_a_file_of_a_run_that_has_not_begun_is_only_a_header(ada):
    answer = get(ada, a_run(), "series-csv", names="dev_error")
    assert b"".join(answer.streaming_content) == b"epoch,step,dev_error\n"


def test_a_file_holds_one_table(ada, run):
    answer = get(ada, run, "series-csv", names="cost,dev_error")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "ask for one of them at a time" in answer.json()["error"]
