from django.urls import path

from webapp.runs.compare import views

urlpatterns = [path("compare/", views.compare, name="compare")]
