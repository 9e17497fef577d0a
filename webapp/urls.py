"""Every address of the site, by feature."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("webapp.pages.urls")),
    path("", include("webapp.accounts.urls")),
    path("", include("webapp.lab.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("datasets/", include("webapp.datasets.urls")),
    path("notices/", include("webapp.runs.notices.urls")),
    path("shared/", include("webapp.runs.sharing.urls_shared")),
    path("runs/", include("webapp.runs.urls")),
    path("sweeps/", include("webapp.sweeps.urls")),
    path("admin/", admin.site.urls),
]
