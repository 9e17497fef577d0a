"""Specs: what is accepted, and what a person is told about what is not."""

import pytest
from pydantic import ValidationError

from engine import Spec, problems
from tests.engine.examples import small_spec


def _refusal(**fields):
    """The only problem of a spec, as (field, message)."""
    with pytest.raises(ValidationError) as refused:
        Spec.model_validate({"layers": [{}], "head": "softmax"} | fields)
    (problem,) = problems(refused.value)
    return problem


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"layers": []}, "layers", "at least one hidden layer: add one"),
        ({"layers": [{}] * 65}, "layers", "at most 64"),
        ({"layers": [{"units": 0}]}, "layers.0.units", "at least 1"),
        ({"layers": [{}, {"units": 10_000_000}]}, "layers.1.units", "at most 65,536, but is 10000000"),
        ({"layers": [{"units": "many"}]}, "layers.0.units", "whole number, but is 'many'"),
        ({"layers": [{"activation": "swish"}]}, "layers.0.activation", "there is no 'swish'. Choose one of"),
        (
            {"layers": [{"activation": {"kind": "leaky_relu", "slope": 2}}]},
            "layers.0.activation.slope",
            "less than 1",
        ),
        ({"learning_rate": 0}, "learning_rate", "greater than 0"),
        ({"learning_rate": -0.1}, "learning_rate", "greater than 0"),
        ({"learning_rate": float("nan")}, "learning_rate", "ordinary number, not nan"),
        ({"learning_rate": float("inf")}, "learning_rate", "ordinary number, not inf"),
        ({"learning_rate": 1e9}, "learning_rate", "at most 10"),
        ({"learning_rate": "fast"}, "learning_rate", "must be a number, but is 'fast'"),
        ({"batch_size": 0}, "batch_size", "at least 1"),
        ({"epochs": 100_001}, "epochs", "at most 100,000"),
        ({"epochs": 1.5}, "epochs", "whole number"),
        ({"seed": -1}, "seed", "at least 0"),
        ({"precision": "float16"}, "precision", "'float32' or 'float64'"),
        ({"optimizer": {"kind": "adam", "beta1": 1}}, "optimizer.beta1", "less than 1"),
        ({"optimizer": {"kind": "momentum", "beta2": 0.9}}, "optimizer.beta2", "no setting called 'beta2'"),
        ({"optimizer": 3}, "optimizer", "must be an object with a kind"),
        ({"head": {}}, "head", "kind is missing"),
        ({"colour": "red"}, "colour", "no setting called 'colour': remove it"),
    ],
)
def test_a_bad_spec_is_refused_with_the_field_the_limit_and_the_way_out(fields, field, words):
    problem = _refusal(**fields)
    assert problem.field == field
    assert words in problem.message


def test_everything_wrong_is_told_at_once_and_long_input_is_cut():
    with pytest.raises(ValidationError) as refused:
        Spec.model_validate({"learning_rate": "x" * 1000, "head": "softmax"})
    found = {problem.field: problem.message for problem in problems(refused.value)}
    assert found["layers"] == "Hidden layers is missing: fill it in."
    assert len(found["learning_rate"]) < 100


def test_broken_json_is_a_problem_of_the_whole_spec():
    with pytest.raises(ValidationError) as refused:
        Spec.model_validate_json("{")
    (problem,) = problems(refused.value)
    assert problem.field == ""
    assert "not valid JSON" in problem.message


def test_a_bare_string_names_a_choice_and_comes_out_as_the_full_object():
    spec = small_spec(layers=[{"activation": "leaky_relu"}])
    layer = spec.model_dump()["layers"][0]
    assert layer["activation"] == {"kind": "leaky_relu", "slope": 0.01}
    assert layer["initializer"] == {"kind": "auto"}


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValidationError):
        small_spec().seed = 3


def test_a_form_finds_the_bounds_in_the_schema():
    schema = Spec.model_json_schema()
    rate, units = schema["properties"]["learning_rate"], schema["$defs"]["Dense"]["properties"]["units"]
    assert (rate["exclusiveMinimum"], rate["maximum"]) == (0, 10)
    assert (units["minimum"], units["maximum"]) == (1, 65_536)
    assert schema["properties"]["layers"]["maxItems"] == 64


def test_a_spec_stored_before_there_was_more_to_say_means_what_it_meant():
    stored = """{"layers": [{"kind": "dense", "units": 8, "activation": {"kind": "tanh"},
        "initializer": {"kind": "he"}}], "head": {"kind": "softmax"}, "optimizer": {"kind": "adam",
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, "learning_rate": 0.01, "batch_size": 64, "epochs": 20,
        "seed": 3, "precision": "float32",
        "normalise": {"kind": "standardise"}}"""
    spec = Spec.model_validate_json(stored)
    assert spec.schedule.kind == "constant"
    assert spec.early_stopping.kind == "none"
    assert (spec.l2, spec.l1, spec.clip_norm, spec.max_norm) == (0, 0, None, None)
    assert (spec.shuffle, spec.full_batch, spec.augmentations) == (True, False, ())
    assert (spec.layers[0].keep_prob, spec.layers[0].batch_norm) == (1, False)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"layers": [{"keep_prob": 0}]}, "layers.0.keep_prob", "greater than 0"),
        ({"layers": [{"batch_norm": "maybe"}]}, "layers.0.batch_norm", "true or false, but is 'maybe'"),
        ({"batch_norm": {"momentum": 1}}, "batch_norm.momentum", "less than 1"),
        ({"l2": -1}, "l2", "at least 0"),
        ({"clip_norm": 0}, "clip_norm", "greater than 0"),
        ({"schedule": "spiral"}, "schedule", "there is no 'spiral'. Choose one of"),
        ({"schedule": {"kind": "cosine", "cycle_epochs": 0}}, "schedule.cycle_epochs", "greater than 0"),
        ({"schedule": {"kind": "piecewise", "factors": []}}, "schedule.factors", "at least 1, but holds 0"),
        ({"early_stopping": {"kind": "patience", "patience": 0}}, "early_stopping.patience", "at least 1"),
        ({"augmentations": ["melt"]}, "augmentations.0", "there is no 'melt'"),
        ({"augmentations": [{"kind": "rotate", "x": 1}]}, "augmentations.0.x", "no setting called 'x'"),
        (
            {"head": {"kind": "softmax", "class_weights": [1, -1]}},
            "head.class_weights.1",
            "Class weights must be at least 0",
        ),
        ({"layers": [{"initializer": {"kind": "he", "distribution": "odd"}}]}, None, "'normal' or 'uniform'"),
    ],
)
def test_a_bad_technique_is_refused_with_the_field_the_limit_and_the_way_out(fields, field, words):
    problem = _refusal(**fields)
    assert problem.field == (field or "layers.0.initializer.distribution")
    assert words in problem.message
