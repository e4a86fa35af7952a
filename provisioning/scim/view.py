"""The frame of every SCIM view: who is it, may they, and a SCIM body whatever happens."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django_scim.views import SCIMView
from scim2_models import (
    BaseModel,
    Context,
    NotFoundException,
    NotImplementedException,
    Resource,
    ResponseParameters,
)

from accounts.access import SCIM
from provisioning.models import Scope
from provisioning.scim import overreach
from provisioning.scim.errors import CONTENT_TYPE, MethodNotAllowed, ScopeMissing, answer
from provisioning.websites import Caller, authenticate


class ScimView(SCIMView):  # type: ignore[misc]
    """django-scim2's view with a dispatch of our own: the stock one takes any signed-in session for a
    credential, refuses without a SCIM body, and writes exceptions with their values to the log."""

    http_method_names: ClassVar[list[str]] = ["get", "head"]
    scopes: ClassVar[dict[str, Scope]] = {}
    """What the token must be allowed, by method; nothing where a method isn't named."""

    for_persons: ClassVar[bool] = False
    """Whether a person's own token may come here, which is for `/Me` alone."""

    caller: Caller

    @csrf_exempt
    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        try:
            self.caller = authenticate(request.headers.get("Authorization"), timezone.now())
            if self.caller.person and not self.for_persons:
                raise ScopeMissing(SCIM)
            if not self.implemented:
                raise NotImplementedException
            method = (request.method or "").lower()
            handler = getattr(self, method, None) if method in self.http_method_names else None
            if handler is None:
                raise MethodNotAllowed(", ".join(name.upper() for name in self.http_method_names))
            self._check_scope(method)
            overreach.tell(self.caller, request, timezone.now())
            response: HttpResponse = handler(request, *args, **kwargs)
        except Exception as error:
            return answer(error)
        return response

    def _check_scope(self, method: str) -> None:
        needed = self.scopes.get("get" if method == "head" else method)
        if needed and needed not in self.caller.scopes:
            raise ScopeMissing(needed)


def scim(
    body: BaseModel, status: int = 200, parameters: ResponseParameters[Resource[Any]] | None = None
) -> HttpResponse:
    content = body.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=parameters)
    return HttpResponse(content, content_type=CONTENT_TYPE, status=status)


def written(tree: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """What is JSON already. For what is asked most: the library would check our own words again."""
    return HttpResponse(json.dumps(tree, ensure_ascii=False), content_type=CONTENT_TYPE, status=status)


class Unknown(ScimView):
    """Whatever else is asked for below `/scim/v2`."""

    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "put", "patch", "delete"]

    def get(self, request: HttpRequest, rest: str = "") -> HttpResponse:
        raise NotFoundException(detail="There is nothing at this address.")

    head = post = put = patch = delete = get
