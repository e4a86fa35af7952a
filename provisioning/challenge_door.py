"""GET /captcha/challenge: a task for the form on a brand's website, where this server tells people from
programs itself."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from ciam.lib.captcha import LIFETIME, Altcha
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit
from provisioning.challenge import ACTION, own_hostname, vendor

PER_NETWORK = Limit("task for a network", most=300, seconds=3_600)


@require_GET
def challenge(request: HttpRequest) -> HttpResponse:
    """Nothing of it is secret, and no cookie counts: scripts of any page may read it."""
    chosen = vendor()
    if not isinstance(chosen, Altcha):
        raise Http404
    now = timezone.now()
    response: HttpResponse
    try:
        hit(PER_NETWORK, network_of(request), now)
    except TooMany as error:
        said = {"code": "too_many_requests", "detail": "There were too many. Try again later."}
        response = JsonResponse(said, status=429, headers={"Retry-After": str(error.after)})
    else:
        response = JsonResponse(chosen.challenge(ACTION, own_hostname(), now + LIFETIME))
    response["Access-Control-Allow-Origin"] = "*"
    return response
