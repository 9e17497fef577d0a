import json

from webapp.sweeps.forms.grid_note import grid_note


def test_both_ways_are_drawn_side_by_side_in_hues_that_every_scheme_has():
    drawn = grid_note()
    json.dumps(drawn, allow_nan=False)
    points = [each for each in drawn["data"] if each["meta"]["series"] == "train"]
    assert [len(each["x"]) for each in points] == [9, 9]
    assert {each["xaxis"] for each in drawn["data"]} == {"x", "x2"}
    for each in drawn["data"]:
        assert all(each["meta"]["series"] in theme["series"] for theme in drawn["themes"].values())


def test_the_axes_say_how_many_different_values_are_tried():
    layout = grid_note()["layout"]
    assert layout["xaxis"]["title"]["text"] == "Grid: 3 values tried"
    assert layout["xaxis2"]["title"]["text"] == "Random: 9 values tried"
