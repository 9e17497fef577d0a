import json

import pytest

from webapp.charts.grid_against_random import grid_against_random
from webapp.charts.payload import payload
from webapp.sweeps.evidence import grid_note


@pytest.mark.parametrize(("trials", "n", "side"), [(9, 9, 3), (64, 64, 8), (70, 64, 8), (3, 1, 1), (0, 1, 1)])
def test_a_grid_tries_but_the_root_of_its_trials_of_what_matters(trials, n, side):
    note = grid_note(trials)
    assert (note.trials, note.grid_values, note.random_values) == (n, side, n)
    assert len(set(note.grid[0])) == len(set(note.grid[1])) == side
    assert len(set(note.random[0])) == len(note.random[1]) == n


def test_it_is_told_in_a_sentence():
    assert grid_note(25).text.startswith("Of 25 trials a grid tries 5 different values of what matters")


def test_both_ways_are_drawn_side_by_side_in_hues_that_every_scheme_has():
    note = grid_note()
    drawn = payload(grid_against_random(note.grid, note.random))
    json.dumps(drawn, allow_nan=False)
    points = [each for each in drawn["data"] if each["meta"]["series"] == "train"]
    assert [len(each["x"]) for each in points] == [9, 9]
    assert {each["xaxis"] for each in drawn["data"]} == {"x", "x2"}
    for each in drawn["data"]:
        assert all(each["meta"]["series"] in theme["series"] for theme in drawn["themes"].values())


def test_the_axes_say_how_many_different_values_are_tried():
    note = grid_note()
    layout = payload(grid_against_random(note.grid, note.random))["layout"]
    assert layout["xaxis"]["title"]["text"] == "Grid: 3 values tried"
    assert layout["xaxis2"]["title"]["text"] == "Random: 9 values tried"
