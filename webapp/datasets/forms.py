"""What people may tell about a dataset."""

from django import forms

from webapp.datasets.models import Dataset, Version
from webapp.datasets.recipe import Recipe


class StartForm(forms.Form):
    """A file to come."""

    file_name = forms.CharField(max_length=1000)
    size = forms.IntegerField()


class FinishForm(forms.Form):
    """A file that has arrived: what to call it and what to predict, both optional."""

    name = forms.CharField(max_length=200, required=False)
    target = forms.CharField(max_length=200, required=False)

    @property
    def recipe(self) -> Recipe:
        """The first version's."""
        target = self.cleaned_data["target"]
        return Recipe(targets=(target,) if target else ())


class NameForm(forms.ModelForm):
    """Another name for a dataset."""

    class Meta:
        model = Dataset
        fields = ("name",)


class TargetForm(forms.Form):
    """Another column to predict."""

    target = forms.ChoiceField(
        error_messages={"invalid_choice": "There is no column “%(value)s” with values to predict."}
    )

    def __init__(self, version: Version, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        names = [column["name"] for column in version.columns if column["kind"] != "empty"]
        self.fields["target"].choices = [(name, name) for name in names]
        self.fields["target"].initial = version.target
