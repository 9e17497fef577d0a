from django.urls import include, path

from webapp.sweeps.pages import (
    views,
    views_commands,
    views_csv,
    views_findings,
    views_list,
    views_new,
    views_rounds,
    views_trial,
)

app_name = "sweeps"
urlpatterns = [
    path("", views_list.sweeps, name="list"),
    path("new/", views_new.new, name="new"),
    path("new/edit/", views_new.edit, name="new-edit"),
    path("<int:pk>/", views.sweep, name="detail"),
    path("<int:pk>/news/", views.news, name="news"),
    path("<int:pk>/parts/", views.parts, name="parts"),
    path("<int:pk>/trials.csv", views_csv.csv, name="csv"),
    path("<int:pk>/trials/<int:number>/", views_trial.trial, name="trial"),
    path("<int:pk>/trials/<int:number>/promote/", views_trial.promote_trial, name="promote"),
    path("<int:pk>/retrain/", views_trial.retrain_trials, name="retrain"),
    path("<int:pk>/charts/", include("webapp.sweeps.pages.urls_charts")),
    path("<int:pk>/findings/", views_findings.findings, name="findings"),
    path("<int:pk>/command/", views_commands.command, name="command"),
    path("<int:pk>/change/", views_commands.change, name="change"),
    path("<int:pk>/next/", views_rounds.begin, name="next"),
    path("<int:pk>/rounds/", views_rounds.rounds, name="rounds"),
    path("<int:pk>/delete/", views_list.delete, name="delete"),
]
