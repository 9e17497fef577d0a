"""The figures of the run page that are more than lines."""

import numpy as np
import pytest

from webapp.charts.calibration import calibration
from webapp.charts.confusion_matrix import confusion_matrix
from webapp.charts.curves import Line, curves
from webapp.charts.decision_boundary import decision_boundary
from webapp.charts.first_weights import first_weights
from webapp.charts.histogram_over_time import BINS, histogram_over_time, rebinned
from webapp.charts.histograms_by_layer import MOST, histograms_by_layer


def test_the_ninth_line_has_the_first_ones_colour_and_another_dash():
    traces = curves([Line(str(i), [1], [2.0]) for i in range(9)], "value").data
    assert traces[8].meta == traces[0].meta == {"place": 0}
    assert (traces[0].line.dash, traces[8].line.dash) == ("solid", "dash")


def test_histograms_on_common_bins_keep_their_counts():
    columns, edges = rebinned([[4, 6], [10, 0]], [[0, 1], [-1, 3]])
    assert columns.shape == (BINS, 2)
    assert (edges[0], edges[-1]) == (-1, 3)
    assert columns.sum(axis=0) == pytest.approx([10, 10])
    centres = (edges[1:] + edges[:-1]) / 2
    assert columns[centres < 0, 0].sum() == pytest.approx(0)
    assert columns[centres > 1, 1].sum() == pytest.approx(0)


def test_a_histogram_over_time_reaches_from_the_first_step_to_the_last():
    cells = histogram_over_time([1, 5, 9], [[1, 1]] * 3, [[0, 1]] * 3, "weights").data[0]
    assert list(cells.x) == [1, 3, 7, 9]


def test_of_many_layers_the_first_and_the_last_are_drawn():
    names = [f"Layer {i}" for i in range(20)]
    figure = histograms_by_layer(names, [[1, 2]] * 20, [[0, 1]] * 20)
    assert len(figure.data) == MOST
    assert figure.layout.yaxis8.title.text == "Layer 19"


def test_the_colour_of_a_confusion_is_the_share_of_the_true_class():
    cells = confusion_matrix(["a", "b", "none"], [[3, 1, 0], [0, 8, 0], [0, 0, 0]]).data[0]
    assert np.nan_to_num(np.array(cells.z, float)).tolist() == [[0.75, 0.25, 0], [0, 1, 0], [0, 0, 0]]
    assert np.isnan(np.array(cells.z, float)).sum() == 6


def test_an_empty_bin_of_the_calibration_is_no_point():
    line = calibration([np.nan, 0.8], [np.nan, 0.5], [0, 4]).data[1]
    assert (list(line.x), list(line.y)) == ([0.8], [0.5])


def test_a_boundary_between_two_classes_is_where_they_are_even():
    sure = [[0.0, 1.0], [0.0, 1.0]]
    points = ([0.0, 1.0], [0.0, 0.5], [0, 1])
    ground, border, *examples = decision_boundary([0, 1], [0, 1], [[0, 1]] * 2, sure, ["a", "b"], points).data
    assert np.array(ground.z).tolist() == [[-0.5, 0.5], [-0.5, 0.5]]
    assert border.contours.value == 0
    assert [one.name for one in examples] == ["a", "b"]


def test_images_lie_beside_each_other_with_a_gap():
    images = np.full((3, 2, 2, 1), 128, np.uint8)
    images[0] = 255
    cells = first_weights(images, 0.5).data[0]
    sheet = np.array(cells.z, float)
    assert sheet.shape == (5, 5)
    assert sheet[:2, :2] == pytest.approx(0.5)
    assert sheet[:2, 3:] == pytest.approx(0)
    assert np.isnan(sheet[2]).all()


def test_three_channels_are_colours():
    picture = first_weights(np.full((1, 2, 2, 3), 9, np.uint8), 1.0).data[0]
    assert picture.type == "image"
