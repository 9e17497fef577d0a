"""Datasets in the admin: looked at, handed over and deleted there; their state has its own ways to change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.admin import ModelAdmin

from webapp.datasets.models import Dataset, Quota, Upload

EDITABLE = ("name", "owner", "description", "tags", "archived", "quarantine")


@admin.register(Dataset)
class DatasetAdmin(ModelAdmin):
    list_display = ("name", "owner", "state", "task", "n_rows", "file_size", "created")
    list_filter = ("current__state", "current__task", "archived", "owner")
    search_fields = ("name", "file_name", "owner__username")
    list_select_related = ("owner", "current")
    fields = (
        "name", "owner", "description", "tags", "archived", "quarantine", "file_name", "file_size", "sha256",
        "current", "state", "task", "n_rows", "created",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name not in EDITABLE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        return super().get_queryset(request).with_version()

    @admin.display(description="State", ordering="current__state")
    def state(self, dataset: Dataset) -> str:
        return dataset.current.state if dataset.current else ""

    @admin.display(description="Task", ordering="current__task")
    def task(self, dataset: Dataset) -> str:
        return dataset.current.task if dataset.current else ""

    @admin.display(description="Rows", ordering="current__n_rows")
    def n_rows(self, dataset: Dataset) -> str:
        return f"{dataset.current.n_rows:,}" if dataset.current else ""

    @admin.display(description="File", ordering="size")
    def file_size(self, dataset: Dataset) -> str:
        return filesizeformat(dataset.size)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False


@admin.register(Quota)
class QuotaAdmin(ModelAdmin):
    """A limit of one's own, for those whom the laboratory's usual one does not suit."""

    list_display = ("user", "megabytes", "used")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)

    @admin.display(description="Used")
    def used(self, quota: Quota) -> str:
        return filesizeformat(Dataset.objects.bytes_of(quota.user))


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
