"""Generators: every registered one keeps what all promise, and each draws the shape it is named after."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.datasets.generators import GENERATORS, Generator
from webapp.datasets.generators.base import knob_names
from webapp.datasets.generators.classes import Blobs, Circles, Moons, Spirals, Xor
from webapp.datasets.generators.form import GeneratorForm
from webapp.datasets.generators.numbers import Plane, Waves
from webapp.datasets.generators.preview import HEIGHT, POINTS, WIDTH, preview

every = pytest.mark.parametrize("one", GENERATORS.values(), ids=list(GENERATORS))


@every
def test_a_generator_draws_as_many_points_as_asked_for(one: type[Generator]) -> None:
    inputs, answers = one(n=37).draw()
    assert len(inputs) == len(answers) == 37
    assert np.isfinite(inputs).all()
    assert one(n=37).table().shape == (37, inputs.shape[1] + 1)


@every
def test_the_same_knobs_make_the_same_file_and_another_seed_another(
    one: type[Generator], tmp_path: Path
) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        one(n=50, seed=seed).write(tmp_path / name)
    first, same, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == same != other


@every
def test_a_file_says_how_it_was_made(one: type[Generator]) -> None:
    made = one(n=1000, seed=3)
    assert made.file_name.startswith(f"{one.kind}-n1000-")
    assert made.file_name.endswith("-seed3.csv")
    assert all(name in made.description for name in knob_names(one))


@every
def test_the_form_accepts_its_defaults_and_refuses_what_is_out_of_bounds(one: type[Generator]) -> None:
    form = GeneratorForm(one, {})
    assert form.is_valid()
    assert form.made == one()
    for n in ("9", "1000001", "1.5", "many", "nan", ""):
        form = GeneratorForm(one, {"n": n})
        assert form.errors == {"n": ["Rows must be a whole number from 10 to 1,000,000."]}
    for noise in ("-0.1", "10.1", "inf", "nan", "loud"):
        assert GeneratorForm(one, {"noise": noise}).errors == {
            "noise": ["Noise must be a number from 0 to 10."]
        }


@every
@settings(max_examples=15, deadline=None)
@given(n=st.integers(10, 2000), noise=st.floats(0, 10), seed=st.integers(0, 2**32 - 1))
def test_a_preview_stays_inside_its_drawing(one: type[Generator], n: int, noise: float, seed: int) -> None:
    circles = preview(one(n=n, noise=noise, seed=seed)).circles
    assert len(circles) == min(n, POINTS)
    assert all(0 <= float(c["x"]) <= WIDTH and 0 <= float(c["y"]) <= HEIGHT for c in circles)


def test_knobs_are_in_the_name_in_the_order_people_see_them() -> None:
    assert Moons(n=1000, noise=0.1, seed=0).file_name == "moons-n1000-noise0.1-seed0.csv"
    assert Spirals(noise=0).file_name == "spirals-n1000-noise0-classes2-turns1.5-seed0.csv"


def test_classes_are_equally_large_and_called_by_letters() -> None:
    labels = Blobs(n=300, classes=10).table()["label"]
    assert labels.value_counts().sort("label").rows() == [(letter, 30) for letter in "ABCDEFGHIJ"]


def test_moons_without_noise_lie_on_their_half_circles() -> None:
    inputs, half = Moons(noise=0).draw()
    from_centre = inputs - np.where(half[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    assert np.allclose(np.hypot(*from_centre.T), 1)


def test_circles_without_noise_have_the_radius_of_their_class() -> None:
    inputs, ring = Circles(noise=0, classes=4).draw()
    assert np.allclose(np.hypot(*inputs.T), (ring + 1) / 4)


def test_spirals_without_noise_wind_as_often_as_asked() -> None:
    inputs, arm = Spirals(noise=0, turns=2, classes=3).draw()
    t = np.hypot(*inputs.T)
    angle = 2 * np.pi * (2 * t + arm / 3)
    assert np.allclose(inputs, np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1))


def test_xor_without_noise_has_class_b_where_the_signs_differ() -> None:
    inputs, different = Xor(noise=0).draw()
    assert ((inputs[:, 0] * inputs[:, 1] < 0) == (different == 1)).all()


def test_regressions_follow_their_formula_up_to_the_noise() -> None:
    x, y = Plane(noise=0).draw()
    assert np.allclose(y, 2 * x[:, 0] - x[:, 1] + 1)
    x, y = Waves(noise=0.5, n=20_000, waves=3).draw()
    assert np.std(y - np.sin(6 * np.pi * x[:, 0])) == pytest.approx(0.5, rel=0.05)


def test_the_file_is_plain_csv_with_six_digits(tmp_path: Path) -> None:
    Moons(n=20).write(tmp_path / "moons.csv")
    lines = (tmp_path / "moons.csv").read_text().splitlines()
    assert lines[0] == "x1,x2,label"
    table = pl.read_csv(io.StringIO("\n".join(lines)))
    assert table.schema == {"x1": pl.Float64, "x2": pl.Float64, "label": pl.String}
    assert all(len(cell.split(".")[1]) == 6 for cell in lines[1].split(",")[:2])
