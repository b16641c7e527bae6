"""Plans, notices, replies, papers, topics."""

from django.urls import path

from apps.meetings.views import agenda, detail, meetings, notices, papers, topics

urlpatterns = [
    path("", meetings.meetings, name="list"),
    path("new/", meetings.create, name="create"),
    path("<int:pk>/", detail.meeting, name="detail"),
    path("<int:pk>/edit/", meetings.edit, name="edit"),
    path("<int:pk>/do/<slug:verb>/", meetings.act, name="act"),
    path("<int:pk>/calendar.ics", meetings.calendar_file, name="ics"),
    path("<int:pk>/agenda/", agenda.agenda, name="agenda"),
    path("<int:pk>/agenda/take/<int:topic>/", agenda.take, name="take_topic"),
    path("agenda/<int:pk>/", agenda.item, name="agenda_item"),
    path("agenda/<int:pk>/<slug:verb>/", agenda.item_act, name="agenda_act"),
    path("<int:pk>/notify/", notices.notify, name="notify"),
    path("<int:pk>/postpone/", notices.postpone, name="postpone"),
    path("<int:pk>/papers/<slug:kind>/", papers.paper, name="paper"),
    path("<int:pk>/papers/<slug:kind>/<str:part>", papers.paper, name="paper_part"),
    path("reply/<int:pk>/", notices.reply, name="reply"),
    path("reply/<int:pk>/on-behalf/", notices.behalf, name="behalf"),
    path("reply/<int:pk>/substitute/<slug:verb>/", notices.substitute, name="substitute"),
    path("topics/", topics.topics, name="topics"),
    path("topics/new/", topics.topic_new, name="topic_new"),
    path("topics/<int:pk>/", topics.topic, name="topic"),
    path("topics/<int:pk>/edit/", topics.topic_edit, name="topic_edit"),
    path("topics/<int:pk>/do/<slug:verb>/", topics.topic_act, name="topic_act"),
    path("topics/<int:pk>/files/<int:file>/", topics.topic_file, name="topic_file"),
]
