"""The floor: what Django itself takes for a save, with session and user and nothing else."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from apps.meetings.models import RecordBlock


def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock one row, change its text, commit."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    with transaction.atomic():
        row = RecordBlock.objects.select_for_update().filter(pk=pk).order_by("pk").first()
        if row is None:
            return HttpResponse(status=404)
        row.text = request.POST["text"]
        row.save(update_fields=["text"])
    return JsonResponse({"ok": True})


urlpatterns = [path("<int:pk>/", save)]
