"""How somebody wants to hear of what ended."""

from django import forms

from webapp.runs.models import NoticeSettings
from webapp.runs.notices.telling import can_email
from webapp.runs.notices.webhook import WebhookRefusedError, target_of


class NoticesForm(forms.ModelForm):
    email = forms.BooleanField(required=False, label="Send me an e-mail")
    webhook = forms.CharField(
        required=False,
        max_length=500,
        label="Webhook",
        help_text="An address that gets a signed POST with JSON. Empty: none.",
        widget=forms.TextInput(attrs={"placeholder": "https://example.org/hook", "inputmode": "url"}),
    )

    class Meta:
        model = NoticeSettings
        fields = ("email", "webhook")

    def clean_webhook(self) -> str:
        """An address where a webhook may go."""
        address = self.cleaned_data["webhook"]
        if address:
            try:
                target_of(address)
            except WebhookRefusedError as refused:
                raise forms.ValidationError(str(refused)) from refused
        return address

    def clean_email(self) -> bool:
        if self.cleaned_data["email"] and not can_email(self.instance.user):
            raise forms.ValidationError(
                "No e-mail can be sent: the laboratory has no e-mail server, or your account no address."
            )
        return self.cleaned_data["email"]
