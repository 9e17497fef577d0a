from django.urls import path

from webapp.lab import views

urlpatterns = [path("health/", views.health, name="health")]
