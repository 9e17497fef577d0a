from django.urls import path

from webapp.runs.pages import views, views_charts, views_new

app_name = "runs"
urlpatterns = [
    path("", views.runs, name="list"),
    path("new/", views_new.new, name="new"),
    path("new/edit/", views_new.edit, name="new-edit"),
    path("<int:pk>/", views.run, name="detail"),
    path("<int:pk>/history/", views.history_window, name="history"),
    path("<int:pk>/charts/", views_charts.arrange, name="arrange"),
    path("<int:pk>/charts/<str:name>/", views_charts.figure, name="chart"),
    path("<int:pk>/charts/<str:name>/csv/", views_charts.download, name="chart-csv"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/open/", views.open_seal, name="open"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
