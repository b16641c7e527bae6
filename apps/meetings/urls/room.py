"""People in the room, the screen, what belongs to an item, closing."""

from django.urls import path

from apps.meetings.views import closing, door, files, follow_up, notes, room, screen, sheet, signin

urlpatterns = [
    path("<int:pk>/sign-in/", signin.sign_in, name="sign_in"),
    path("<int:pk>/sign-in/prepare/", signin.prepare, name="prepare"),
    path("<int:pk>/sign-in/board/", signin.board, name="board"),
    path("<int:pk>/sign-in/sheet/", sheet.sheet, name="sheet"),
    path("<int:pk>/sign-in/scan/", sheet.scan, name="sheet_scan"),
    path("sign/<int:pk>/", signin.sign, name="sign"),
    path("sign/<int:pk>/<slug:kind>/", room.move_person, name="move_person"),
    path("<int:pk>/door/", door.screen, name="door"),
    path("<int:pk>/door/code/", door.code, name="door_code"),
    path("<int:pk>/door/<slug:verb>/", door.act, name="door_act"),
    path("<int:pk>/here/", door.here, name="here"),
    path("<int:pk>/screen/", screen.screen, name="screen"),
    path("<int:pk>/screen/now/", screen.now, name="screen_now"),
    path("<int:pk>/room/<slug:verb>/", room.act, name="room_act"),
    path("<int:pk>/record/item/", room.spot_item, name="spot_item"),
    path("<int:pk>/script/", notes.script, name="script"),
    path("<int:pk>/script/times/", notes.script_times, name="script_times"),
    path("<int:pk>/follow-up/add/", follow_up.add, name="add_follow_up"),
    path("<int:pk>/close/", closing.close, name="close"),
    path("item/<int:pk>/script/", notes.save_script, name="save_script"),
    path("item/<int:pk>/note/", notes.save_note, name="save_note"),
    path("item/<int:pk>/files/", files.files, name="files"),
    path("item/<int:pk>/follow-up/", follow_up.table, name="follow_up"),
    path("item/<int:pk>/follow-up/write/", follow_up.write, name="write_follow_up"),
    path("item/<int:pk>/<slug:verb>/", room.item_act, name="item_act"),
    path("file/<int:pk>/", files.download, name="file"),
    path("file/<int:pk>/remove/", files.remove, name="remove_file"),
]
