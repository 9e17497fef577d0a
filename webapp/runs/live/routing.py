"""Websocket addresses of the runs."""

from django.urls import path, re_path

from webapp.runs.live.consumers import Nowhere, RunConsumer

websocket_urlpatterns = [
    path("ws/runs/<int:pk>/", RunConsumer.as_asgi()),
    re_path("", Nowhere.as_asgi()),
]
