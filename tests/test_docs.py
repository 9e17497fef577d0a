"""The documentation is true where a test can tell."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_every_setting_from_the_environment_is_in_the_readme():
    settings = (ROOT / "webapp" / "settings.py").read_text()
    read = set(re.findall(r"""(?:environ\.get|flag|listed)\(\s*"([A-Z_]+)\"""", settings))
    assert read
    assert {name for name in read - {"TZ"} if f"`{name}`" not in README} == set()


def test_every_file_that_the_readme_links_to_is_there():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_module_that_the_architecture_names_is_there():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(r"`((?:engine|webapp|runs|tests|static)/[\w./]+\.(?:py|js))`", text)
    assert named
    places = (ROOT, ROOT / "webapp")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
