from django.urls import path

from webapp.accounts import views

app_name = "accounts"
urlpatterns = [path("sign-in/<str:token>/", views.link, name="link")]
