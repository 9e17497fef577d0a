"""Datasets in the admin: found, checked, read again, handed over, kept from training, deleted; all noted."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from webapp.celery import send
from webapp.datasets import versions
from webapp.datasets.incoming import quotas
from webapp.datasets.models import AuditEntry, Dataset, Quota, Upload

EDITABLE = ("name", "owner", "description", "archived", "quarantine")
COLOURS = {"ready": "success", "parsing": "info", "failed": "danger", "quarantined": "warning"}


class QuarantineFilter(admin.SimpleListFilter):
    title = "quarantine"
    parameter_name = "quarantined"

    def lookups(self, _request: HttpRequest, _model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "In quarantine"), ("no", "Free to train on")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Dataset]) -> QuerySet[Dataset]:
        if self.value() == "yes":
            return queryset.exclude(quarantine="")
        return queryset.filter(quarantine="") if self.value() == "no" else queryset


@admin.register(Dataset)
class DatasetAdmin(ModelAdmin):
    list_display = ("picture", "name", "owner", "state", "task", "n_rows", "file_size", "checksum", "created")
    list_display_links = ("name",)
    list_filter = ("current__state", "current__task", QuarantineFilter, "archived", "owner")
    list_select_related = ("owner", "current")
    search_fields = ("name", "file_name", "sha256", "tags", "owner__username")
    autocomplete_fields = ("owner",)
    actions = ("verify", "read_again", "quarantine_them", "release_them")
    fields = (
        *EDITABLE, "tags", "file_name", "file_size", "sha256", "state", "problem", "task", "n_rows",
        "versions", "created",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name not in EDITABLE)

    def get_readonly_fields(self, _request: HttpRequest, obj: Dataset | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "owner") if obj and obj.builtin else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Dataset | None = None, **kwargs: Any) -> Any:
        """Everybody sees what has no owner: that is for the built-in datasets alone."""
        form = super().get_form(request, obj, **kwargs)
        if "owner" in form.base_fields:
            form.base_fields["owner"].required = True
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        return super().get_queryset(request).with_version()

    @display(description="")
    def picture(self, dataset: Dataset) -> str:
        if not (dataset.current and dataset.current.image_shape):
            return ""
        return format_html('<img src="{}" alt="" width="32" height="32">', dataset.thumbnail_url)

    @display(description="State", ordering="current__state", label=COLOURS)
    def state(self, dataset: Dataset) -> str:
        if dataset.quarantine:
            return "quarantined"
        return dataset.current.state if dataset.current else "failed"

    @display(description="Task", ordering="current__task")
    def task(self, dataset: Dataset) -> str:
        return dataset.current.task if dataset.current else ""

    @display(description="Rows", ordering="current__n_rows")
    def n_rows(self, dataset: Dataset) -> str:
        return f"{dataset.current.n_rows:,}" if dataset.current else ""

    @display(description="File", ordering="size")
    def file_size(self, dataset: Dataset) -> str:
        return filesizeformat(dataset.size)

    @display(description="SHA-256", ordering="sha256")
    def checksum(self, dataset: Dataset) -> str:
        return format_html('<code title="{}">{}</code>', dataset.sha256, dataset.sha256[:12])

    @display(description="Problem")
    def problem(self, dataset: Dataset) -> str:
        found = dataset.newest.problem if dataset.newest else {}
        return f"{found['message']} {found['advice']}" if found else ""

    @display(description="Versions")
    def versions(self, dataset: Dataset) -> str:
        return ", ".join(f"{version.number} ({version.state})" for version in dataset.versions.all())

    @action(description="Check the files")
    def verify(self, request: HttpRequest, chosen: QuerySet[Dataset]) -> None:
        for dataset in chosen:
            send("webapp.datasets.verify", dataset.pk)
        self.message_user(
            request, f"{chosen.count()} will be checked; the audit entries tell the outcome.", messages.INFO
        )

    @action(description="Read again from the file")
    def read_again(self, request: HttpRequest, chosen: QuerySet[Dataset]) -> None:
        readable = [dataset for dataset in chosen if dataset.current and versions.can_read(dataset)]
        for dataset in readable:
            versions.again(dataset, request.user)
        self.message_user(request, f"{len(readable)} will be read again.", messages.INFO)
        if left := chosen.count() - len(readable):
            self.message_user(request, f"Of {left} no file is left to read.", messages.WARNING)

    @action(description="Keep from training (quarantine)")
    def quarantine_them(self, request: HttpRequest, chosen: QuerySet[Dataset]) -> None:
        self._note_all(request, chosen, "quarantined")
        chosen.filter(quarantine="").update(quarantine=f"By {request.user}.")

    @action(description="Release from quarantine")
    def release_them(self, request: HttpRequest, chosen: QuerySet[Dataset]) -> None:
        self._note_all(request, chosen, "released")
        chosen.update(quarantine="")

    def save_model(self, request: HttpRequest, obj: Dataset, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for name in form.changed_data:
            AuditEntry.note(request.user, f"set {name}", obj, str(getattr(obj, name)))

    def delete_model(self, request: HttpRequest, obj: Dataset) -> None:
        AuditEntry.note(request.user, "deleted", obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        self._note_all(request, queryset, "deleted")
        super().delete_queryset(request, queryset)

    def _note_all(self, request: HttpRequest, chosen: QuerySet[Dataset], what: str) -> None:
        for dataset in chosen:
            AuditEntry.note(request.user, what, dataset)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False


@admin.register(Upload)
class UploadAdmin(ModelAdmin):
    """Files on their way in; an abandoned one can be deleted."""

    list_display = ("file_name", "owner", "received", "announced", "touched")
    list_select_related = ("owner",)

    @display(description="Received")
    def received(self, upload: Upload) -> str:
        return filesizeformat(upload.offset)

    @display(description="Announced", ordering="size")
    def announced(self, upload: Upload) -> str:
        return filesizeformat(upload.size)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Upload | None = None) -> bool:
        return False


@admin.register(Quota)
class QuotaAdmin(ModelAdmin):
    """Limits of one's own; everybody else has the laboratory's usual one."""

    list_display = ("user", "limit", "used")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)

    @display(description="Limit", ordering="megabytes")
    def limit(self, quota: Quota) -> str:
        return filesizeformat(quota.megabytes << 20)

    @display(description="Used")
    def used(self, quota: Quota) -> str:
        return filesizeformat(quotas.of(quota.user).used)


@admin.register(AuditEntry)
class AuditAdmin(ModelAdmin):
    """Who did what; written by the laboratory alone."""

    list_display = ("when", "who", "what", "name", "detail")
    list_filter = ("what", "who")
    list_select_related = ("who",)
    search_fields = ("name", "detail", "who__username")
    date_hierarchy = "when"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: AuditEntry | None = None) -> bool:
        return False
