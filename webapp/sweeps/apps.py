from django.apps import AppConfig


class SweepsConfig(AppConfig):
    name = "webapp.sweeps"

    def ready(self) -> None:
        """Let runs be searched by their sweep: `sweep:digits`, `sweep:12`."""
        from webapp.runs.searching.quantities import Quantity, register

        register(Quantity("sweep", "Sweep", "Run", "text", column="trial__sweep__name", key="trial__sweep"))
