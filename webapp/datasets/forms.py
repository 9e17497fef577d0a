"""What people may tell about a dataset."""

from django import forms

from webapp.datasets.models import Dataset, Version


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
