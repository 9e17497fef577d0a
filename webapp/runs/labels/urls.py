from django.urls import path

from webapp.runs.labels import views

urlpatterns = [path("<int:pk>/label/<slug:kind>/", views.label, name="label")]
