"""The Django site: routing on the roof, one folder a feature."""

from webapp.celery import app as celery_app

__all__ = ["celery_app"]
