from django.urls import path

from webapp.sweeps.pages import views, views_new

app_name = "sweeps"
urlpatterns = [
    path("", views.sweeps, name="list"),
    path("new/", views_new.new, name="new"),
    path("new/edit/", views_new.edit, name="new-edit"),
    path("<int:pk>/", views.sweep, name="detail"),
]
