"""Addresses of this app."""

from django.urls import path

from .views import bulletins, informations, steps

app_name = "bulletins"
urlpatterns = [
    path("", bulletins.index, name="list"),
    path("new/", bulletins.new, name="new"),
    path("<int:pk>/", bulletins.detail, name="detail"),
    path("<int:pk>/facts/", bulletins.facts, name="facts"),
    path("<int:pk>/sections/<slug:code>/", bulletins.section, name="section"),
    path("<int:pk>/sections/<slug:code>/propose/", bulletins.propose, name="propose"),
    path("<int:pk>/approve/", steps.approve, name="approve"),
    path("<int:pk>/number/", steps.number, name="number"),
    path("<int:pk>/issue/", steps.issue, name="issue"),
    path("<int:pk>/sign-for/", bulletins.sign_for, name="sign_for"),
    path("<int:pk>/paper/", bulletins.paper, name="paper"),
    path("<int:pk>/paper/<str:part>", bulletins.paper, name="paper_part"),
    path("<int:pk>/<slug:verb>/do/", bulletins.act, name="act"),
    path("informations/", informations.informations, name="informations"),
    path("informations/new/", informations.new, name="information_new"),
    path("informations/<int:pk>/", informations.information, name="information"),
    path("informations/<int:pk>/edit/", informations.edit, name="information_edit"),
    path("informations/<int:pk>/issue/", informations.issue, name="information_issue"),
    path("informations/<int:pk>/files/<int:file>/", informations.download, name="information_file"),
    path("informations/<int:pk>/paper/", informations.paper, name="information_paper"),
    path("informations/<int:pk>/paper/<str:part>", informations.paper, name="information_paper_part"),
    path("informations/<int:pk>/<slug:verb>/do/", informations.act, name="information_act"),
]
