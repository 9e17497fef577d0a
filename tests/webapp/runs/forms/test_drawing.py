from webapp.runs.forms.drawing import HEIGHT, WIDTH, Layer, compact, draw


def network(*units):
    return [Layer(width, "ReLU") for width in units]


def test_a_small_layer_shows_every_unit_and_a_large_one_an_ellipsis():
    small, large = draw(network(4, 784)).columns
    assert len(small.dots) == 4
    assert not small.gap_dots
    assert len(large.dots) < 12
    assert len(large.gap_dots) == 3


def test_wider_layers_are_drawn_taller():
    heights = [column.height for column in draw(network(784, 128, 32, 10)).columns]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > heights[-1]


def test_every_unit_is_linked_with_every_unit_of_the_next_layer():
    assert [link.count("M") for link in draw(network(2, 3, 1)).links] == [6, 3]


def test_a_deep_network_is_abbreviated_in_the_middle():
    drawing = draw(network(*range(1, 67)))
    assert len(drawing.columns) == 8
    assert [column.left_out for column in drawing.columns if column.left_out] == [59]
    assert [column.label for column in drawing.columns] == ["1", "2", "3", "4", "", "64", "65", "66"]


def test_whatever_the_widths_everything_stays_inside_the_drawing():
    for units in ([1], [65536, 1], [1] * 66, [5000, 65536, 65536, 2], [3, 65536] * 4):
        for column in draw(network(*units)).columns:
            assert 0 < column.x < WIDTH
            assert all(0 < y < HEIGHT for y in column.dots)


def test_a_width_that_cannot_be_read_is_a_question_mark():
    drawing = draw([Layer(2, "inputs"), Layer(None, "ReLU")])
    assert drawing.columns[1].label == "?"
    assert drawing.title == "The network: 2 inputs, then an unknown number of ReLU."


def test_labels_stay_short():
    assert [compact(number) for number in (7, 1024, 65_536, 500_000)] == ["7", "1,024", "65.5k", "500k"]
