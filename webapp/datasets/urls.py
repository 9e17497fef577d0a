"""Addresses of datasets and of files on their way in."""

from django.urls import path

from webapp.datasets.incoming import views as views_sources
from webapp.datasets.incoming import views_uploads
from webapp.datasets.pages import (
    views,
    views_downloads,
    views_images,
    views_manage,
    views_parts,
    views_recipe,
    views_versions,
)

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
    path("<int:pk>/columns/", views_parts.columns, name="columns"),
    path("<int:pk>/explore/", views_parts.explore, name="explore"),
    path("<int:pk>/split/", views_parts.split, name="split"),
    path("<int:pk>/thumbnail/", views_images.thumbnail, name="thumbnail"),
    path("<int:pk>/gallery/<int:number>/", views_images.gallery, name="gallery"),
    path("<int:pk>/edit/", views_recipe.edit, name="edit"),
    path("<int:pk>/versions/", views_versions.version_list, name="versions"),
    path("<int:pk>/versions/compare/", views_versions.compare, name="compare"),
    path("<int:pk>/versions/<str:number>/use/", views_versions.use, name="use"),
    path("<int:pk>/versions/<str:number>/retry/", views_versions.retry, name="retry"),
    path("<int:pk>/versions/<str:number>/delete/", views_versions.remove, name="remove"),
    path("<int:pk>/settings/", views_manage.settings, name="settings"),
    path("<int:pk>/about/", views_manage.about, name="about"),
    path("<int:pk>/level/", views_manage.level, name="level"),
    path("<int:pk>/archive/", views_manage.archive, name="archive"),
    path("<int:pk>/delete/", views_manage.delete, name="delete"),
    path("<int:pk>/copy/", views_manage.copy, name="copy"),
    path("<int:pk>/download/", views_downloads.original, name="download"),
    path("<int:pk>/download/<str:kind>/", views_downloads.processed, name="processed"),
    path("<int:pk>/cancel/", views_sources.cancel, name="cancel"),
]
