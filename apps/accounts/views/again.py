"""The password asked on the page itself, when a session ended under somebody's hands."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.accounts import again
from apps.common.fields import whole_number


@sensitive_post_parameters("password", "code")
@require_POST
@never_cache
@login_not_required
def come_back(request: HttpRequest) -> JsonResponse:
    """Log in again as the person whose page this is; answers the new CSRF token, or words."""
    password, code = request.POST.get("password", "")[:256], request.POST.get("code", "")[:40]
    pk = whole_number(request.POST.get("user", "")) or 0
    try:
        again.come_back(request, pk=pk, password=password, code=code)
    except again.NotBackError as error:
        return JsonResponse({"error": error.words}, status=error.status)
    return JsonResponse({"csrf": get_token(request)})
