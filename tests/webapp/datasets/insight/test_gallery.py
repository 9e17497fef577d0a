import base64
import io

import numpy as np
import pytest
from PIL import Image

from engine.augmentations import Brightness, Crop, Elastic, Flip, Noise, Rotate, augment
from engine.randomness import stream
from webapp.datasets.insight import contact_sheet, preview, study_images
from webapp.datasets.insight.augmented import AT_MOST, VARIANTS, augmented
from webapp.datasets.insight.gallery import CELL, CLASSES, EACH, GAP, LARGEST_SHEET, png


def opened(data: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(data)))


def images(m: int, height: int = 6, width: int = 4, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (m, height, width, channels), dtype=np.uint8)


def test_a_gallery_has_examples_and_the_mean_of_each_class() -> None:
    pixels, labels = images(90, channels=3), np.arange(90) % 3
    found = study_images(pixels, labels, (6, 4, 3), ["a", "b", "c"])
    assert (found.names, found.counts, found.hidden) == (["a", "b", "c"], [30, 30, 30], 0)
    for code, rows in enumerate(found.rows):
        assert len(set(rows)) == EACH
        assert (labels[rows] == code).all()
        expected = np.rint(pixels[labels == code].mean(axis=0))
        mean = opened(base64.b64decode(found.mean_png[code]))
        assert (mean[:, :, :3] == expected).all()
        assert (mean[:, :, 3] == 255).all()


def test_flat_images_of_a_memory_map_give_the_same_gallery(tmp_path) -> None:
    pixels, labels = images(60), np.arange(60) % 2
    np.save(tmp_path / "x.npy", pixels.reshape(60, -1))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    found = [study_images(x, labels, (6, 4, 1), ["a", "b"], seed=5) for x in (pixels, mapped)]
    assert found[0] == found[1]


def test_of_many_classes_the_most_frequent_are_shown_and_empty_ones_are_not() -> None:
    labels = np.repeat(np.arange(40), np.arange(40))  # class 0 has no image
    found = study_images(images(len(labels)), labels, (6, 4, 1), [str(i) for i in range(40)])
    assert found.names == [str(i) for i in range(20, 40)]
    assert (len(found.names), found.hidden) == (CLASSES, 19)


def test_images_with_a_number_to_predict_are_one_group() -> None:
    found = study_images(images(5), np.linspace(0, 1, 5), (6, 4, 1), [])
    assert (found.names, found.counts, sorted(found.rows[0])) == ([""], [5], [0, 1, 2, 3, 4])


def test_an_image_with_many_labels_is_in_the_group_of_each() -> None:
    labels = np.array([[1, 1], [0, 1], [0, 0]])
    assert study_images(images(3), labels, (6, 4, 1), ["x", "y"]).counts == [1, 2]


def test_no_images_have_an_empty_gallery() -> None:
    found = study_images(images(0), np.empty(0, int), (6, 4, 1), ["a"])
    assert (found.names, found.mean_png) == ([], [])


def test_a_contact_sheet_enlarges_pixel_by_pixel_and_leaves_gaps_transparent() -> None:
    pixels = images(3, 8, 8)
    sheet = opened(contact_sheet([pixels[:2], pixels[2:]]))
    scale = CELL // 8
    assert sheet.shape == (2 * CELL + GAP, 2 * CELL + GAP, 4)
    assert (sheet[:CELL:scale, :CELL:scale, 0] == pixels[0, :, :, 0]).all()
    assert (sheet[scale - 1 : CELL : scale, scale - 1 : CELL : scale, 2] == pixels[0, :, :, 0]).all()
    assert (sheet[CELL + GAP :: scale, :CELL:scale, 0] == pixels[2, :, :, 0]).all()
    assert (sheet[CELL : CELL + GAP, :, 3] == 0).all()
    assert (sheet[CELL + GAP :, CELL + GAP :, 3] == 0).all()  # the second line has one image


def test_a_contact_sheet_is_bounded_in_size() -> None:
    sheet = opened(contact_sheet([np.zeros((40, 1000, 300, 3), np.uint8)] * 40))
    assert max(sheet.shape[:2]) <= LARGEST_SHEET


@pytest.mark.parametrize("rows", [[], [np.empty((0, 4, 4, 1), np.uint8)]])
def test_a_contact_sheet_needs_an_image(rows: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="needs an image"):
        contact_sheet(rows)


@pytest.mark.parametrize(("channels", "alpha"), [(1, None), (2, 1), (3, None), (4, 3)])
def test_grey_and_coloured_images_are_drawn_with_their_transparency(channels: int, alpha: int | None) -> None:
    (image,) = images(1, channels=channels)
    drawn = opened(png(image))
    assert (drawn[:, :, 3] == (255 if alpha is None else image[:, :, alpha])).all()
    assert (drawn[:, :, 0] == image[:, :, 0]).all()
    assert (drawn[:, :, 2] == image[:, :, 2 if channels >= 3 else 0]).all()


def test_a_preview_shows_each_original_beside_what_is_trained_on() -> None:
    pixels = images(3, 8, 8)
    lines = augmented(pixels, [Flip(probability=1.0)], seed=0)
    for image, line in zip(pixels, lines, strict=True):
        assert (line[0] == image).all()
        assert (line[1:] == image[:, ::-1]).all()
        assert len(line) == 1 + VARIANTS


def test_a_preview_draws_what_the_engine_draws_for_the_same_seed() -> None:
    pixels, steps = images(2, 8, 8, 3), [Rotate(), Crop(), Elastic(), Noise(), Brightness()]
    batch = np.concatenate([pixels] * VARIANTS).astype(np.float32) / 255
    expected = augment(batch, (8, 8, 3), steps, stream(3, "augmentation"), limits=(0.0, 1.0))
    first, second = augmented(pixels, steps, seed=3)
    assert (first[1:] == np.rint(expected[::2] * 255)).all()
    assert (second[1:] == np.rint(expected[1::2] * 255)).all()


def test_without_augmentation_nothing_is_changed() -> None:
    for line in augmented(images(2), [], seed=0):
        assert (line == line[0]).all()


def test_a_preview_is_a_png_of_a_bounded_number_of_lines() -> None:
    sheet = opened(preview(images(50, 8, 8), [Rotate()], seed=0))
    assert sheet.shape == (AT_MOST * (CELL + GAP) - GAP, (1 + VARIANTS) * (CELL + GAP) - GAP, 4)
