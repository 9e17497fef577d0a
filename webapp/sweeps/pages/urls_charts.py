from django.urls import path

from webapp.sweeps.pages import views_charts

urlpatterns = [
    path("<str:name>/", views_charts.figure, name="chart"),
    path("<str:name>/csv/", views_charts.download, name="chart-csv"),
]
