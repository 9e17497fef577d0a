"""What Celery's workers can be asked to do with datasets; a message only says where to look."""

from celery import shared_task

from webapp.datasets import ingestion


@shared_task(name="webapp.datasets.ingest")
def ingest(pk: int) -> None:
    """Read dataset `pk` if it still waits for that."""
    ingestion.ingest(pk)
