from django.apps import AppConfig

from webapp.runs.forms import slots


class SweepsConfig(AppConfig):
    name = "webapp.sweeps"

    def ready(self) -> None:
        """On the New run page every value can be turned into a range."""
        slots.fill(
            control="sweeps/new/turn.html", rows="sweeps/new/turn_all.html", launch="sweeps/new/instead.html"
        )
