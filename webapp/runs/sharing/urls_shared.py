from django.urls import path

from webapp.runs.sharing import views

app_name = "shared"
urlpatterns = [
    path("<str:token>/", views.shared, name="run"),
    path("<str:token>/history/", views.history, name="history"),
]
