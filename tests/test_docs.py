"""The documentation is true where a test can tell."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


SETTINGS = (ROOT / "webapp" / "settings.py").read_text()
READ = set(re.findall(r"""(?:environ\.get|flag|listed)\(\s*"([A-Z_]+)\"""", SETTINGS)) - {"TZ"}


def test_every_setting_from_the_environment_is_in_the_readme():
    assert READ
    assert {name for name in READ if f"`{name}`" not in README} == set()


def test_every_setting_reaches_the_containers_of_a_hosted_laboratory():
    compose = (ROOT / "compose.yaml").read_text()
    in_the_image = {"HONE_HOME"}
    assert {name for name in READ - in_the_image if f"    {name}:" not in compose} == set()


def test_every_file_that_the_readme_links_to_is_there():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_module_that_the_architecture_names_is_there():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(r"`((?:engine|webapp|runs|tests|static)/[\w./]+\.(?:py|js))`", text)
    assert named
    places = (ROOT, ROOT / "webapp")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
