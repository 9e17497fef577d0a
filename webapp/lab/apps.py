from django.apps import AppConfig


class LabConfig(AppConfig):
    name = "webapp.lab"

    def ready(self) -> None:
        from webapp.lab import worker  # noqa: F401  (connects its signal handlers)
