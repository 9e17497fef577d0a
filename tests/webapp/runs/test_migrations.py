"""What migrations do to files."""

from importlib import import_module

files_of_checkpoints = import_module("webapp.runs.migrations.0015_files_of_checkpoints")


def test_checkpoints_of_before_are_found_where_they_are_looked_for_now_and_can_go_back(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    old = tmp_path / "runs" / "234" / "checkpoints" / "0001-0000000042-000003-end.safetensors"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"weights")
    files_of_checkpoints.together(None, None)
    new = tmp_path / "checkpoints" / "2" / "234-0001-0000000042-000003-end.safetensors"
    assert (new.read_bytes(), old.exists()) == (b"weights", False)
    files_of_checkpoints.apart(None, None)
    assert (old.read_bytes(), new.exists()) == (b"weights", False)
