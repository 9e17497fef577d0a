from django.urls import path

from webapp.runs.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.all_notices, name="list"),
    path("bell/", views.bell, name="bell"),
    path("latest/", views.latest, name="latest"),
    path("read/", views.read, name="read"),
    path("<int:pk>/", views.follow, name="follow"),
    path("settings/", views.choose, name="settings"),
    path("settings/secret/", views.new_secret, name="secret"),
    path("settings/trial/", views.trial, name="trial"),
    path("settings/deliveries/", views.deliveries, name="deliveries"),
]
