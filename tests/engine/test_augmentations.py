"""One contract for every registered augmentation, and what each of them does to an image."""

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from engine import augmentations
from engine.augmentations import (
    AUGMENTATIONS,
    AnyAugmentation,
    Augmentation,
    Augmenter,
    Brightness,
    Crop,
    Elastic,
    Flip,
    Noise,
    Rotate,
    Scale,
    Shift,
    augment,
    value_limits,
)

SHAPE = (12, 10, 2)
LIMITS = (0.0, 1.0)
STRONG = {"flip": 1, "rotate": 40, "shift": 0.3, "scale": 0.5, "crop": 0.5, "elastic": 0.1, "noise": 0.3}
every_augmentation = pytest.mark.parametrize("kind", list(AUGMENTATIONS))


class Steps(BaseModel):
    """What a spec does with augmentations."""

    steps: tuple[AnyAugmentation, ...]


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _images(m: int = 5, dtype: str = "float32") -> np.ndarray:
    return _rng(1).random((m, *SHAPE)).astype(dtype)


def _strong(kind: str) -> Augmentation:
    augmentation = AUGMENTATIONS[kind]
    return augmentation(**{augmentation.strength: STRONG.get(kind, 0.5)})


def _grey(*rows: list[float]) -> np.ndarray:
    """One grey image."""
    return np.array(rows, dtype=np.float64)[None, :, :, None]


def _blob(m: int) -> np.ndarray:
    """The same soft disc on mid-grey, in the middle of every image, (m, 21, 21, 1)."""
    y, x = np.mgrid[-10:11, -10:11]
    image = 0.4 + 0.3 * np.exp(-(x**2 + y**2) / 18)
    return np.tile(image[None, :, :, None], (m, 1, 1, 1)).astype(np.float32)


# --- the contract


@every_augmentation
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("flat", [False, True])
def test_shape_and_dtype_stay_and_the_batch_itself_is_left_alone(kind, dtype, flat):
    batch = _images(dtype=dtype)
    batch = batch.reshape(len(batch), -1) if flat else batch
    before = batch.copy()
    result = augment(batch, SHAPE, [_strong(kind)], _rng(), limits=LIMITS)
    assert result.shape == batch.shape
    assert result.dtype == dtype
    assert not np.shares_memory(result, batch)
    np.testing.assert_array_equal(batch, before)
    assert not np.array_equal(result, batch)


@every_augmentation
def test_it_goes_through_json_unchanged_and_a_bare_name_is_enough(kind):
    steps = Steps(steps=(_strong(kind),))
    assert Steps.model_validate_json(steps.model_dump_json()) == steps
    assert Steps(steps=[kind]).steps == (AUGMENTATIONS[kind](),)


@every_augmentation
def test_with_strength_zero_every_image_stays_what_it_was(kind):
    augmentation = AUGMENTATIONS[kind]
    batch = _images()
    result = augment(batch, SHAPE, [augmentation(**{augmentation.strength: 0})], _rng(), limits=LIMITS)
    np.testing.assert_array_equal(result, batch)


@every_augmentation
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(kind):
    batch, steps = _images(), [_strong(kind)]
    if kind == "flip":
        steps = [Flip(probability=0.5)]
    first, again, other = (augment(batch, SHAPE, steps, _rng(seed)) for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@every_augmentation
def test_values_never_leave_the_range_of_the_data(kind):
    batch = _images(20)
    batch[batch < 0.5] = 0.1
    batch[batch >= 0.5] = 0.7
    result = augment(batch, SHAPE, [_strong(kind)], _rng())
    assert np.float32(0.1) <= result.min()
    assert result.max() <= np.float32(0.7)


@every_augmentation
def test_images_are_changed_each_by_its_own_amount(kind):
    batch = np.repeat(_images(1), 20, axis=0)
    steps = [Flip(probability=0.5)] if kind == "flip" else [_strong(kind)]
    result = augment(batch, SHAPE, steps, _rng(), limits=LIMITS)
    assert len(np.unique(result.reshape(20, -1), axis=0)) > 1


@every_augmentation
def test_the_mean_image_stays_about_what_it_was(kind):
    batch = _blob(300)
    result = augment(batch, (21, 21, 1), [AUGMENTATIONS[kind]()], _rng(), limits=LIMITS)
    mean = result.mean(axis=0)[:, :, 0]
    assert mean.mean() == pytest.approx(batch[0].mean(), rel=0.03)
    light = mean - mean.min()
    centre = [(light.sum(axis=1 - axis) @ np.arange(-10, 11)) / light.sum() for axis in (0, 1)]
    np.testing.assert_allclose(centre, 0, atol=0.4)


@every_augmentation
def test_an_image_of_one_colour_is_only_recoloured(kind):
    batch = np.full((4, *SHAPE), 0.3, dtype=np.float32)
    result = augment(batch, SHAPE, [_strong(kind)], _rng(), limits=LIMITS)
    if kind in ("noise", "brightness"):
        assert not np.allclose(result, 0.3)
    else:
        np.testing.assert_allclose(result, 0.3, rtol=1e-6)


@every_augmentation
def test_title_and_help_are_there_for_the_form(kind):
    schema = AUGMENTATIONS[kind].model_json_schema()
    assert schema["title"]
    assert 20 < len(schema["description"]) < 140
    for name, field in schema["properties"].items():
        assert field["title"]
        assert name == "kind" or 20 < len(field["description"]) < 140
    help_of_strength = schema["properties"][AUGMENTATIONS[kind].strength]["description"]
    assert "variance" in help_of_strength


@every_augmentation
def test_less_than_nothing_is_refused(kind):
    with pytest.raises(ValidationError):
        AUGMENTATIONS[kind](**{AUGMENTATIONS[kind].strength: -0.1})


# --- what each does


def test_flipping_mirrors_exactly():
    image = _images(3)
    sideways = augment(image, SHAPE, [Flip(probability=1)], _rng())
    np.testing.assert_array_equal(sideways, image[:, :, ::-1])
    upside_down = augment(image, SHAPE, [Flip(direction="vertical", probability=1)], _rng())
    np.testing.assert_array_equal(upside_down, image[:, ::-1])


def test_flipping_mirrors_the_share_of_images_asked_for():
    image = np.repeat(_images(1), 1000, axis=0)
    flipped = (augment(image, SHAPE, [Flip(probability=0.3)], _rng()) != image).any(axis=(1, 2, 3))
    assert flipped.mean() == pytest.approx(0.3, abs=0.05)


class QuarterTurn(Rotate):
    def moves(self, rng, m, shape):
        return np.tile([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]], (m, 1, 1))


def test_a_quarter_turn_moves_rows_to_columns():
    image = _grey([1, 2, 3], [4, 5, 6], [7, 8, 9])
    result = augment(image, (3, 3, 1), [QuarterTurn()], _rng())
    np.testing.assert_allclose(result[0, :, :, 0], np.rot90(image[0, :, :, 0]))


class OneDown(Shift):
    def moves(self, rng, m, shape):
        return np.tile([[1.0, 0, 1], [0, 1, 0.5], [0, 0, 1]], (m, 1, 1))


def test_shifting_interpolates_between_pixels_and_repeats_the_edge():
    image = _grey([1, 2, 3], [4, 6, 8], [7, 9, 9])
    result = augment(image, (3, 3, 1), [OneDown()], _rng())
    np.testing.assert_allclose(result[0, :, :, 0], [[5, 7, 8], [8, 9, 9], [8, 9, 9]])


def test_moves_follow_each_other_in_the_order_of_the_steps():
    image = _images(2)
    together = augment(image, SHAPE, [OneDown(), Flip(direction="vertical", probability=1)], _rng())
    one_by_one = augment(image, SHAPE, [OneDown()], _rng())[:, ::-1]
    np.testing.assert_allclose(together, one_by_one, rtol=1e-5)


def test_a_crop_never_looks_outside_the_image():
    inside, limits = np.ones((200, 12, 10, 1), dtype=np.float32), (0.0, 1.0)
    inside[:, 1:-1, 1:-1] = 0
    edges = augment(inside, (12, 10, 1), [Crop(share=0.9)], _rng(), limits=limits)[:, [0, -1]]
    assert edges.min() == 0  # of a frame one pixel wide no crop shows more than the frame
    assert edges.mean() < 0.5


def test_scaling_makes_things_larger_and_smaller_about_equally_often():
    areas = augment(_blob(400), (21, 21, 1), [Scale(zoom=1)], _rng()).mean(axis=(1, 2, 3))
    assert np.mean(areas > _blob(1).mean()) == pytest.approx(0.5, abs=0.1)


def test_an_elastic_distortion_moves_pixels_by_its_displacement_and_smoothly():
    down, right = Elastic(displacement=0.1, smoothness=0.2).bends(_rng(), 300, augmentations.Shape(20, 30, 1))
    for field in (down, right):
        assert field.shape == (300, 20, 30)
        np.testing.assert_allclose(field.std(axis=0), 2, rtol=0.2)
        np.testing.assert_allclose(field.mean(), 0, atol=0.3)
        assert np.abs(np.diff(field, axis=2)).mean() < 0.5


def test_noise_and_brightness_are_shares_of_the_range_of_values():
    batch = np.full((400, 4, 4, 1), 50.0)
    limits = (-100.0, 300.0)
    grain = augment(batch, (4, 4, 1), [Noise(deviation=0.05)], _rng(), limits=limits)
    assert grain.std() == pytest.approx(20, rel=0.05)
    light = augment(batch, (4, 4, 1), [Brightness(amount=0.1)], _rng(), limits=limits)
    np.testing.assert_allclose(light.std(axis=(1, 2, 3)), 0, atol=1e-12)
    assert light.max() == pytest.approx(90, abs=1)
    assert light.min() == pytest.approx(10, abs=1)


# --- batches of every form


def test_no_steps_change_nothing():
    np.testing.assert_array_equal(augment(_images(), SHAPE, [], _rng()), _images())


def test_a_large_batch_is_done_in_pieces_and_a_small_one_by_the_same_augmenter(monkeypatch):
    monkeypatch.setattr(augmentations, "TOGETHER", 2 * SHAPE[0] * SHAPE[1])
    augmenter = Augmenter(SHAPE, [Flip(probability=1)])
    for m in (1, 5):
        np.testing.assert_array_equal(augmenter(_images(m), _rng()), _images(m)[:, :, ::-1])


@pytest.mark.parametrize("steps", [[], [Rotate()], [Noise()]], ids=["none", "moves", "recolours"])
def test_the_result_may_be_written_over_the_batch_and_between_other_columns(steps):
    batch = _images().reshape(5, -1)
    expected = augment(batch, SHAPE, steps, _rng())
    inputs = np.ones((5, batch.shape[1] + 1), dtype=np.float32)
    inputs[:, :-1] = batch
    result = augment(inputs[:, :-1], SHAPE, steps, _rng(), out=inputs[:, :-1])
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(inputs[:, :-1], expected)
    np.testing.assert_array_equal(inputs[:, -1], 1)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 1), (7, 1, 3)])
def test_images_of_a_single_row_or_column_work_too(shape):
    batch = _rng().random((3, *shape), dtype=np.float32)
    result = augment(batch, shape, [kind() for kind in AUGMENTATIONS.values()], _rng())
    assert result.shape == batch.shape
    assert np.isfinite(result).all()


def test_limits_are_those_of_each_channel():
    batch = _images()
    batch[..., 1] += 5
    low, high = value_limits(batch.reshape(5, -1), SHAPE)
    np.testing.assert_array_equal(low, batch.min(axis=(0, 1, 2)))
    np.testing.assert_array_equal(high, batch.max(axis=(0, 1, 2)))
    result = augment(batch, SHAPE, [Noise(deviation=1)], _rng(), limits=(low, high))
    assert result[..., 0].max() < 2 < 4 < result[..., 1].min()


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (np.zeros((3, 12, 10)), r"shape \(3, 12, 10\), expected \(m, 12, 10, 2\) or \(m, 240\)"),
        (np.zeros((3, 241)), r"shape \(3, 241\)"),
        (np.zeros((3, 240), dtype=np.uint8), "dtype uint8 cannot be augmented"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(batch, message):
    with pytest.raises(ValueError, match=message):
        augment(batch, SHAPE, [Flip()], _rng())


def test_an_output_or_a_precision_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"out is float64 \(5, 12, 10, 2\), but the batch is float32"):
        augment(_images(), SHAPE, [Flip()], _rng(), out=_images(dtype="float64"))
    with pytest.raises(ValueError, match="dtype float64, but float32 was announced"):
        Augmenter(SHAPE, [Flip()])(_images(dtype="float64"), _rng())
