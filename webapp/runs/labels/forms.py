"""What people may write about a run."""

from django import forms

from webapp.runs.labels import notes, tags
from webapp.runs.models import Run

LONGEST_NAME = 200
LONGEST_TEXT = 2_000


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=LONGEST_NAME,
        error_messages={
            "required": "A run needs a name: write one.",
            "max_length": "This name is too long: it may have 200 characters, and these are %(show_value)d.",
        },
    )

    def clean_name(self) -> str:
        """One line, whatever was pasted."""
        return " ".join(self.cleaned_data["name"].split())

    def save(self, run: Run) -> None:
        run.name = self.cleaned_data["name"]
        Run.objects.filter(pk=run.pk).update(name=run.name)


class NoteForm(forms.Form):
    note = forms.CharField(
        required=False,
        max_length=notes.LONGEST,
        error_messages={"max_length": "A note may have 20,000 characters, and these are %(show_value)d."},
    )

    def save(self, run: Run) -> None:
        run.notes = self.cleaned_data["note"].replace("\r\n", "\n")
        Run.objects.filter(pk=run.pk).update(notes=run.notes)


class TagsForm(forms.Form):
    tags = forms.CharField(required=False, max_length=LONGEST_TEXT)

    def clean_tags(self) -> list[str]:
        try:
            return tags.parse(self.cleaned_data["tags"])
        except tags.TagsRefusedError as error:
            raise forms.ValidationError(str(error)) from error

    def save(self, run: Run) -> None:
        tags.set_tags(run, self.cleaned_data["tags"])


class StarForm(forms.Form):
    starred = forms.BooleanField(required=False)

    def save(self, run: Run) -> None:
        run.starred = self.cleaned_data["starred"]
        Run.objects.filter(pk=run.pk).update(starred=run.starred)


FORMS: dict[str, type[forms.Form]] = {
    "name": NameForm,
    "note": NoteForm,
    "tags": TagsForm,
    "star": StarForm,
}
