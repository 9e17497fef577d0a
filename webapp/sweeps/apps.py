from django.apps import AppConfig

from webapp.runs.forms import slots


class SweepsConfig(AppConfig):
    name = "webapp.sweeps"

    def ready(self) -> None:
        """Let runs be searched by their sweep, `sweep:digits` or `sweep:12`, and by the one that they were
        promoted from, and every value on the New run page be turned into a range."""
        from webapp.runs.searching.quantities import Quantity, register

        for name, title, trial in (
            ("sweep", "Sweep", "trial"),
            ("promoted", "Promoted from the sweep", "promotion__trial"),
        ):
            register(
                Quantity(name, title, "Run", "text", column=f"{trial}__sweep__name", key=f"{trial}__sweep")
            )
        slots.fill(
            control="sweeps/new/turn.html", rows="sweeps/new/turn_all.html", launch="sweeps/new/instead.html"
        )
