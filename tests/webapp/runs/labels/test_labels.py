"""Names, notes, tags and stars."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.runs.factories import a_run
from webapp.runs.labels import notes, tags
from webapp.runs.models import Tag

HTMX = {"HX-Request": "true"}


def address(run, kind):
    return reverse("runs:label", args=[run.pk, kind])


def names(run):
    return [tag.name for tag in run.tags.all()]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("baseline", ["baseline"]),
        (" Baseline ,  #Learning  Rate,baseline,, ", ["baseline", "learning-rate"]),
        ('a"b<c>, \x00d\u200be', ["abc", "de"]),
        ("", []),
        ("0#\x0c", ["0"]),
        ("Ärger", ["ärger"]),
    ],
)
def test_tags_are_lower_case_without_spaces_and_each_once(written, kept):
    assert tags.parse(written) == kept


@given(st.text(max_size=60))
def test_whatever_is_written_tags_stay_what_they_are_when_they_are_written_again(text):
    try:
        kept = tags.parse(text)
    except tags.TagsRefusedError:
        return
    assert tags.parse(", ".join(kept)) == kept


def test_too_many_or_too_long_tags_are_refused_with_the_limit():
    with pytest.raises(tags.TagsRefusedError, match="at most 20"):
        tags.parse(",".join(map(str, range(21))))
    with pytest.raises(tags.TagsRefusedError, match="at most 40 characters"):
        tags.parse("x" * 41)


def test_a_note_links_addresses_and_shows_everything_else_as_text():
    shown = notes.as_html(
        'see https://example.org/a?b=1&c=2 <script>x</script> javascript:alert(1) " rel="nofollow"'
    )
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener noreferrer">' in shown
    assert "<script" not in shown
    assert shown.count("<a ") == 1
    assert "noopener" not in shown.partition("</a>")[2]


@pytest.mark.django_db
class TestPanel:
    @pytest.fixture
    def run(self, owner):
        return a_run(owner=owner, name="first")

    def test_the_owner_renames_in_place_and_the_page_hears_of_it(self, as_owner, run):
        answer = as_owner.post(address(run, "name"), {"name": " second\n try "}, headers=HTMX)
        run.refresh_from_db()
        assert run.name == "second try"
        assert "second try" in answer["HX-Trigger"]
        assert 'id="labels"' in answer.text
        assert "<html" not in answer.text

    def test_a_name_that_is_empty_or_too_long_is_refused_and_kept_in_the_field(self, as_owner, run):
        answer = as_owner.post(address(run, "name"), {"name": "x" * 201}, headers=HTMX)
        assert "200 characters, and these are 201" in answer.text
        assert "x" * 201 in answer.text
        answer = as_owner.post(address(run, "name"), {"name": "  "})
        assert answer.status_code == 422
        assert "needs a name" in answer.text
        run.refresh_from_db()
        assert run.name == "first"

    def test_tags_replace_those_before(self, as_owner, run):
        as_owner.post(address(run, "tags"), {"tags": "a, b"})
        answer = as_owner.post(address(run, "tags"), {"tags": "B, c"}, headers=HTMX)
        assert names(run) == ["b", "c"]
        assert "?q=tag:c" in answer.text

    def test_refused_tags_change_nothing(self, as_owner, run):
        as_owner.post(address(run, "tags"), {"tags": "a"})
        answer = as_owner.post(address(run, "tags"), {"tags": "y" * 50}, headers=HTMX)
        assert "at most 40 characters" in answer.text
        assert "y" * 50 in answer.text
        assert names(run) == ["a"]

    def test_a_note_keeps_its_lines(self, as_owner, run):
        answer = as_owner.post(address(run, "note"), {"note": "one\r\n<b>two</b>"}, headers=HTMX)
        run.refresh_from_db()
        assert run.notes == "one\n<b>two</b>"
        assert "one\n&lt;b&gt;two&lt;/b&gt;" in answer.text

    def test_a_note_that_is_too_long_is_refused(self, as_owner, run):
        answer = as_owner.post(address(run, "note"), {"note": "x" * 20_001}, headers=HTMX)
        assert "these are 20001" in answer.text
        run.refresh_from_db()
        assert run.notes == ""

    def test_a_star_is_set_and_taken_off(self, as_owner, run):
        answer = as_owner.post(address(run, "star"), {"starred": "on", "from": "list"}, headers=HTMX)
        run.refresh_from_db()
        assert run.starred
        assert "★" in answer.text
        assert 'id="labels"' not in answer.text
        as_owner.post(address(run, "star"), {"starred": ""}, headers=HTMX)
        run.refresh_from_db()
        assert not run.starred

    def test_without_javascript_the_panel_is_a_page(self, as_owner, run):
        assert "<html" in as_owner.get(address(run, "note")).text
        assert as_owner.post(address(run, "note"), {"note": "x"}).url == run.get_absolute_url()

    def test_another_persons_run_and_another_label_are_not_there(self, as_owner, as_outsider, run):
        assert as_outsider.post(address(run, "name"), {"name": "mine"}).status_code == 404
        assert as_owner.post(address(run, "owner"), {"owner": "x"}).status_code == 404

    def test_many_runs_are_tagged_at_once_but_for_those_without_room(self, owner, run):
        full = a_run(owner=owner, version=run.version)
        tags.set_tags(full, map(str, range(20)))
        tags.set_tags(run, ["a"])
        assert tags.add_tags([run.pk, full.pk], ["a", "b"]) == 1
        assert names(run) == ["a", "b"]
        assert full.tags.count() == 20
        tags.remove_tags([run.pk, full.pk], ["a", "3"])
        assert names(run) == ["b"]
        assert Tag.objects.count() == 20
