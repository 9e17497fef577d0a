from django.urls import include, path

from webapp.runs.cockpit import views as cockpit
from webapp.runs.pages import views, views_bulk, views_charts, views_list, views_new, views_series
from webapp.runs.probes.views import probe

app_name = "runs"
urlpatterns = [
    path("", include("webapp.runs.labels.urls")),
    path("", include("webapp.runs.compare.urls")),
    path("", include("webapp.runs.sharing.urls")),
    path("", views_list.runs, name="list"),
    path("columns/", views_list.columns, name="columns"),
    path("bulk/", views_bulk.bulk, name="bulk"),
    path("undelete/", views_bulk.undelete, name="undelete"),
    path("new/", views_new.new, name="new"),
    path("new/edit/", views_new.edit, name="new-edit"),
    path("<int:pk>/", views.run, name="detail"),
    path("<int:pk>/series/", views_series.series, name="series"),
    path("<int:pk>/series.csv", views_series.csv, name="series-csv"),
    path("<int:pk>/charts/", views_charts.arrange, name="arrange"),
    path("<int:pk>/charts/<str:name>/", views_charts.figure, name="chart"),
    path("<int:pk>/charts/<str:name>/csv/", views_charts.download, name="chart-csv"),
    path("<int:pk>/cockpit/", cockpit.cockpit, name="cockpit"),
    path("<int:pk>/command/", cockpit.command, name="command"),
    path("<int:pk>/change/", cockpit.change, name="change"),
    path("<int:pk>/branch/<int:checkpoint>/", cockpit.new_branch, name="branch"),
    path("<int:pk>/probes/<slug:kind>/", probe, name="probe"),
    path("<int:pk>/checkpoints/<int:checkpoint>/", cockpit.download, name="checkpoint"),
    path("<int:pk>/open/", views.open_seal, name="open"),
    path("<int:pk>/delete/", views_bulk.delete, name="delete"),
]
