from django.apps import AppConfig

from webapp.runs.forms import slots


class SweepsConfig(AppConfig):
    name = "webapp.sweeps"

    def ready(self) -> None:
        """Let runs be searched by their sweep, `sweep:digits` or `sweep:12`, and every value on the New run
        page be turned into a range."""
        from webapp.runs.searching.quantities import Quantity, register

        register(Quantity("sweep", "Sweep", "Run", "text", column="trial__sweep__name", key="trial__sweep"))
        slots.fill(
            control="sweeps/new/turn.html", rows="sweeps/new/turn_all.html", launch="sweeps/new/instead.html"
        )
