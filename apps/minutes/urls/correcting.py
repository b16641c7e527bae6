"""更正 and 停止使用 of an issued 纪要."""

from django.urls import path

from apps.minutes.views import correcting, correcting_changes, stopping

urlpatterns = [
    path("<int:pk>/stop/", stopping.stop, name="stop"),
    path("<int:pk>/retrieval/", stopping.retrieval_list, name="retrieval"),
    path("<int:pk>/correct/", correcting.correct, name="correct"),
    path("corrections/<int:pk>/", correcting.case, name="correction_case"),
    path("corrections/<int:pk>/reason/", correcting_changes.reason, name="correction_reason"),
    path("corrections/<int:pk>/passages/<int:passage>/", correcting_changes.change, name="correction_change"),
    path("corrections/<int:pk>/ask/", correcting.ask, name="correction_ask"),
    path("corrections/<int:pk>/chase/", correcting.chase, name="correction_chase"),
    path("corrections/<int:pk>/add/", correcting_changes.add, name="correction_add"),
    path("corrections/<int:pk>/remove/<int:passage>/", correcting_changes.remove, name="correction_remove"),
    path("corrections/<int:pk>/title/", correcting_changes.title, name="correction_title"),
    path("corrections/<int:pk>/names/", correcting_changes.names, name="correction_names"),
    path("corrections/changes/<int:pk>/take-out/", correcting_changes.take_out, name="correction_take_out"),
    path("corrections/<int:pk>/act/<slug:verb>/", correcting.act, name="correction_act"),
    path("corrections/<int:pk>/decide/", correcting.decide, name="correction_decide"),
    path("corrections/<int:pk>/register/", correcting.register, name="correction_register"),
    path("corrections/<int:pk>/issue/", correcting.issue, name="correction_issue"),
    path("corrections/<int:pk>/scan/", correcting.scan, name="correction_scan"),
    path("corrections/<int:pk>/paper/", correcting.paper, name="correction_paper"),
    path("corrections/<int:pk>/paper/<str:part>", correcting.paper, name="correction_paper_part"),
    path("corrections/answers/<int:pk>/", correcting.answer, name="correction_answer"),
    path("corrections/answers/<int:pk>/proof/", correcting.proof, name="correction_proof"),
]
