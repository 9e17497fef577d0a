"""What people may tell about a dataset."""

from typing import Any

from django import forms

from webapp.datasets.models import Dataset
from webapp.datasets.recipe import Task

MAX_TAGS, MAX_TAG = 20, 40


class AboutForm(forms.ModelForm):
    """What a dataset is called, what it is, and the tags it is found by."""

    tags = forms.CharField(
        max_length=500, required=False, help_text="Separated by commas. The list finds them: tag:lesson."
    )
    description = forms.CharField(
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Where it comes from, what a row is, what to beware of.",
    )

    class Meta:
        model = Dataset
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tags"].initial = ", ".join(self.instance.tags)

    def clean_tags(self) -> list[str]:
        """Lower case, single spaces, no quotes (the search needs them), each once."""
        text = self.cleaned_data["tags"].replace('"', "").casefold()
        named = (" ".join(tag.split()) for tag in text.split(","))
        tags = list(dict.fromkeys(filter(None, named)))
        if len(tags) > MAX_TAGS:
            raise forms.ValidationError(f"At most {MAX_TAGS} tags.")
        if longest := next((tag for tag in tags if len(tag) > MAX_TAG), ""):
            raise forms.ValidationError(f"“{longest}” is longer than {MAX_TAG} characters.")
        return tags


class LevelForm(forms.Form):
    """How well people, or the best that can be, do on the same examples, and who says so."""

    figure = forms.FloatField(min_value=0, required=False, label="Error")
    source = forms.CharField(
        max_length=300,
        required=False,
        label="Source",
        help_text="Who measured it, how, on which examples: a paper, a team of experts, your own 50 rows.",
    )

    def __init__(self, dataset: Dataset, *args: Any, **kwargs: Any) -> None:
        self.is_share = dataset.current.task != Task.REGRESSION
        figure = dataset.human_error
        if figure is not None and self.is_share:
            figure = round(100 * figure, 6)
        kwargs["initial"] = {"figure": figure, "source": dataset.human_error_source}
        super().__init__(*args, **kwargs)
        field = self.fields["figure"]
        field.widget.attrs |= {"step": "any", "inputmode": "decimal"}
        field.label = "Error, in percent" if self.is_share else "Error (RMSE), in the target's unit"
        field.help_text = (
            "The share of the same examples that they get wrong. Train error above it is avoidable bias."
            if self.is_share
            else "The root of their mean squared error. Train error above it is avoidable bias."
        )

    def clean_figure(self) -> float | None:
        """A share of 1, or an RMSE."""
        figure = self.cleaned_data["figure"]
        if figure is None or not self.is_share:
            return figure
        if figure > 100:
            raise forms.ValidationError("At most 100%.")
        return figure / 100

    def clean(self) -> None:
        if self.cleaned_data.get("figure") is not None and not self.cleaned_data.get("source"):
            self.add_error(
                "source", "Say where the figure comes from: it is only worth as much as its source."
            )
