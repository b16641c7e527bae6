"""A person's own text size and contrast."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts import services
from apps.accounts.forms import PreferencesForm
from apps.common.going_back import safe_next


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen; what is not understood is left as it was."""
    form = PreferencesForm(request.POST)
    if form.is_valid():
        services.save_preferences(request.user, by=request.user, **form.chosen())
    return redirect(safe_next(request))
