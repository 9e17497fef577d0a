"""Addresses of datasets and of files on their way in."""

from django.urls import path

from webapp.datasets import views, views_images, views_sources, views_uploads

app_name = "datasets"
urlpatterns = [
    path("", views.datasets, name="list"),
    path("new/", views_sources.new, name="new"),
    path("new/paste/", views_sources.paste, name="paste"),
    path("new/draw/", views_sources.draw, name="draw"),
    path("new/generate/", views_sources.generate, name="generate"),
    path("new/generate/<slug:key>/", views_sources.generator, name="generator"),
    path("builtin/<slug:key>/", views_sources.take_builtin, name="builtin"),
    path("uploads/", views_uploads.create, name="uploads"),
    path("uploads/<uuid:pk>/", views_uploads.upload, name="upload"),
    path("uploads/<uuid:pk>/finish/", views_uploads.finish, name="finish"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/thumbnail/", views_images.thumbnail, name="thumbnail"),
    path("<int:pk>/name/", views.rename, name="rename"),
    path("<int:pk>/target/", views.retarget, name="target"),
    path("<int:pk>/cancel/", views_sources.cancel, name="cancel"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
