from django.urls import include, path

from webapp.runs.pages import views, views_new

app_name = "runs"
urlpatterns = [
    path("", include("webapp.runs.labels.urls")),
    path("", views.runs, name="list"),
    path("new/", views_new.new, name="new"),
    path("new/edit/", views_new.edit, name="new-edit"),
    path("<int:pk>/", views.run, name="detail"),
    path("<int:pk>/history/", views.history_window, name="history"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/open/", views.open_seal, name="open"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
