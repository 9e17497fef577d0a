from django.apps import AppConfig

from webapp.runs.forms import slots


class SweepsConfig(AppConfig):
    name = "webapp.sweeps"

    def ready(self) -> None:
        """Let runs be searched by their sweep, `sweep:digits` or `sweep:12`, and by the one that they were
        promoted from, and every value on the New run page be turned into a range."""
        from webapp.runs.searching.quantities import Quantity, register

        register(
            Quantity(
                "sweep",
                "Sweep",
                "Run",
                "text",
                column="trial__sweep__name",
                key="trial__sweep",
                of_trials=True,
            )
        )
        origin = "promotion__trial__sweep"
        register(
            Quantity(
                "promoted", "Promoted from the sweep", "Run", "text", column=f"{origin}__name", key=origin
            )
        )
        slots.fill(
            control="sweeps/new/turn.html", rows="sweeps/new/turn_all.html", launch="sweeps/new/instead.html"
        )
