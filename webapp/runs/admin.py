"""Runs in the admin: looked at and deleted there, never edited; a run's state has one way to change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from webapp.runs.models import Run


@admin.register(Run)
class RunAdmin(ModelAdmin):
    list_display = ("name", "owner", "dataset", "state", "epoch", "best_dev_error", "created")
    list_filter = ("state", "owner")
    search_fields = ("name", "owner__username", "version__dataset__name")
    list_select_related = ("owner", "version__dataset")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Without those that somebody has deleted."""
        return super().get_queryset(request).filter(deleted=None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False
