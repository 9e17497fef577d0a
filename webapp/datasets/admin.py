"""Datasets in the admin: looked at, handed over and deleted there; their state has its own ways to change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.admin import ModelAdmin

from webapp.datasets.models import Dataset, Upload


@admin.register(Dataset)
class DatasetAdmin(ModelAdmin):
    list_display = ("name", "owner", "state", "task", "n_rows", "n_features", "file_size", "created")
    list_filter = ("state", "task", "owner")
    search_fields = ("name", "file_name", "owner__username")
    list_select_related = ("owner",)
    fields = (
        "name", "owner", "state", "problem", "file_name", "file_size", "target", "task", "n_rows",
        "n_features", "n_outputs", "notes", "attempt", "lease_until", "created",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name not in ("name", "owner"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        return super().get_queryset(request).defer("columns", "classes")

    @admin.display(description="File", ordering="size")
    def file_size(self, dataset: Dataset) -> str:
        return filesizeformat(dataset.size)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False


@admin.register(Upload)
class UploadAdmin(ModelAdmin):
    """Files on their way in; an abandoned one can be deleted."""

    list_display = ("file_name", "owner", "received", "announced", "touched")
    list_select_related = ("owner",)

    @admin.display(description="Received")
    def received(self, upload: Upload) -> str:
        return filesizeformat(upload.offset)

    @admin.display(description="Announced", ordering="size")
    def announced(self, upload: Upload) -> str:
        return filesizeformat(upload.size)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Upload | None = None) -> bool:
        return False
