from django.urls import path

from webapp.runs.sharing import views

app_name = "shared"
urlpatterns = [
    path("<str:token>/", views.shared, name="run"),
    path("<str:token>/history/", views.history, name="history"),
    path("<str:token>/charts/<str:name>/", views.chart, name="chart"),
    path("<str:token>/charts/<str:name>/csv/", views.numbers, name="chart-csv"),
    path("<str:token>/log/", views.log, name="log"),
]
