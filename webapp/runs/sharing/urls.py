from django.urls import path

from webapp.runs.sharing import views

urlpatterns = [
    path("<int:pk>/share/", views.make, name="share"),
    path("<int:pk>/share/<int:number>/revoke/", views.revoke, name="share-revoke"),
]
