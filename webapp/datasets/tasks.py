"""What Celery's workers can be asked to do with datasets; a message only says where to look."""

from celery import shared_task

from webapp.datasets import ingestion, integrity


@shared_task(name="webapp.datasets.ingest")
def ingest(pk: int) -> None:
    """Make version `pk` if it still waits for that."""
    ingestion.ingest(pk)


@shared_task(name="webapp.datasets.verify")
def verify(pk: int) -> None:
    """Check the files of dataset `pk`."""
    integrity.verify(pk)
